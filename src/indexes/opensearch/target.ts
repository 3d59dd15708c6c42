import type { StoredProduct } from "../../domain/product.js";
import { fromDocument, type RawDocument, STORED_EMBEDDINGS } from "./document.js";
import type { Query } from "./filter-query.js";
import type { WordField } from "./lexical.js";
import { LISTING_FIELDS } from "./listing.js";
import { EMBEDDING_FIELDS, type Meta } from "./mapping.js";
import { graphScore, type NativeScore, type SpaceType, scriptScore } from "./native-score.js";
import type { Engine, OpenSearchOptions } from "./options.js";
import type { Server } from "./server.js";

/** The words of a title are in the field of all words too. */
const TITLE_BOOST = 2;

/** An index as searches need to know it: its fields, how it is asked and how its answers are read. */
export interface Target {
  /** The physical index that answers. */
  readonly index: string;
  /** Null where it has no such embedding. */
  readonly fields: { readonly image: string | null; readonly text: string | null };
  readonly asBytes: boolean;
  /** Text fields of folded words; in one of them is every word of a product. */
  readonly wordFields: readonly WordField[];
  /** What listings are ordered by; null where products have nothing but an id. */
  readonly listingFields: typeof LISTING_FIELDS | null;
  /** Whether it has the fields that facets count. */
  readonly hasFacets: boolean;
  /** Field that breaks ties and orders listings. */
  readonly idField: string;
  readonly byIds: (ids: readonly string[]) => Query;
  /** Members of a search body that ask for a hit's product, with its embeddings or without. */
  readonly read: (withEmbeddings: boolean) => Readonly<Record<string, unknown>>;
  readonly toStored: (document: RawDocument) => StoredProduct;
  readonly graph: NativeScore;
  /** Null where the server runs no script. */
  readonly script: NativeScore | null;
  /** Whether a k-NN query over the graph may carry a filter. */
  readonly filtersInGraph: boolean;
  /** Breadth of a graph search, as a parameter of the query or, for lucene before that, by a deeper k. */
  readonly efSearch: { readonly inQuery: number | null; readonly leastK: number };
}

/** Members that depend on how the server keeps and compares embeddings. */
export function searching(
  server: Server,
  { engine, spaceType, asBytes }: { engine: Engine; spaceType: SpaceType; asBytes: boolean },
  efSearch: number,
): Pick<Target, "asBytes" | "graph" | "script" | "filtersInGraph" | "efSearch"> {
  return {
    asBytes,
    graph: graphScore(server, engine, spaceType),
    script: server.hasScripts ? scriptScore(server, asBytes) : null,
    filtersInGraph: server.filtersWith(engine),
    efSearch: {
      inQuery: server.hasMethodParameters && engine !== "nmslib" ? efSearch : null,
      leastK: engine === "lucene" && !server.hasMethodParameters ? efSearch : 0,
    },
  };
}

/** An index of our own layout. */
export function ownTarget(index: string, meta: Meta, options: OpenSearchOptions, server: Server): Target {
  return {
    index,
    fields: EMBEDDING_FIELDS,
    wordFields: [
      { field: "title_words", boost: TITLE_BOOST },
      { field: "words", boost: 1 },
    ],
    listingFields: LISTING_FIELDS,
    hasFacets: true,
    idField: "product.id",
    byIds: (ids) => ({ terms: { "product.id": ids } }),
    read: (withEmbeddings) => ({ _source: true, ...(withEmbeddings && { stored_fields: STORED_EMBEDDINGS }) }),
    toStored: fromDocument,
    ...searching(server, { ...meta, asBytes: meta.quantisation === "byte" }, options.graph.efSearch),
  };
}
