import { Directive, Field, Float, Int, ObjectType } from "type-graphql";
import type { SearchMode, Signals, TotalCountRelation } from "../../domain/search.js";
import type { SearchPage } from "../../search/search-request.js";
import { FacetType, toFacet } from "./facet-types.js";
import { ProductType, toProductType } from "./product-type.js";
import { SearchModeEnum } from "./query-inputs.js";
import { TotalCountRelationEnum } from "./total-count-relation.js";

@ObjectType("Signals", {
  description:
    "What each way of matching said of a hit: cosine with its pictures, with its words, BM25, and the ranks (from 1) they gave. Null where that way did not find it among its best.",
})
export class SignalsType implements Signals {
  @Field(() => Float, { nullable: true, description: "Cosine with the product's pictures." })
  readonly image!: number | null;

  @Field(() => Float, { nullable: true, description: "Cosine with the product's words." })
  readonly text!: number | null;

  @Field(() => Float, { nullable: true, description: "BM25 of the query's words; comparable within one response only." })
  readonly lexical!: number | null;

  @Field(() => Int, { nullable: true, description: "Place among the nearest by pictures, from 1." })
  readonly imageRank!: number | null;

  @Field(() => Int, { nullable: true, description: "Place among the nearest by words' embeddings, from 1." })
  readonly textRank!: number | null;

  @Field(() => Int, { nullable: true, description: "Place among the best by BM25, from 1." })
  readonly lexicalRank!: number | null;

  @Field(() => Float, { nullable: true, description: "What boosts multiplied the score by; null where there were none." })
  readonly boost!: number | null;

  @Field(() => Boolean, { description: "Put first by a pin, whatever its score." })
  readonly pinned!: boolean;
}

@ObjectType("ProductEdge", { description: "A hit: a product and how it matched." })
export class ProductEdgeType {
  @Field(() => ProductType, { description: "The product." })
  readonly node!: ProductType;

  @Field(() => String, { description: "Opaque; for after or before of the same search." })
  readonly cursor!: string;

  @Field(() => Float, { description: "The number a page by relevance is ordered by; comparable within one response only." })
  readonly score!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Cosine similarity of the query embedding and the product's nearest one, in [-1, 1]; null for a lexical-only hit and in a listing.",
  })
  readonly similarity!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How probably the hit is relevant, in [0, 1], comparable between queries and between words and pictures; null in a " +
      "listing, for a hit that BM25 alone found, and where the model has no calibration.",
  })
  readonly relevance!: number | null;

  @Field(() => SignalsType)
  readonly signals!: Signals;
}

/** Every subgraph with pages has this type. */
@Directive("@shareable")
@ObjectType("PageInfo", { description: "Where a page lies in its list (Relay's cursor connections)." })
export class PageInfoType {
  @Field(() => Boolean, { description: "Whether there are more behind endCursor." })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether there are some ahead of startCursor." })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Of the first hit, for before; null on an empty page." })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Of the last hit, for after; null on an empty page." })
  readonly endCursor!: string | null;
}

@ObjectType("ProductConnection", { description: "A page of hits." })
export class ProductConnectionType {
  @Field(() => [ProductEdgeType], { description: "The hits of the page." })
  readonly edges!: readonly ProductEdgeType[];

  @Field(() => [ProductType], { description: "The products of edges, for clients that want nothing else." })
  readonly nodes!: readonly ProductType[];

  @Field(() => PageInfoType)
  readonly pageInfo!: PageInfoType;

  @Field(() => Int, { description: "How many products match; see totalCountRelation." })
  readonly totalCount!: number;

  @Field(() => TotalCountRelationEnum)
  readonly totalCountRelation!: TotalCountRelation;

  @Field(() => [FacetType], { description: "In the order in which they were asked for." })
  readonly facets!: readonly FacetType[];

  @Field(() => Boolean, { description: "True when a part of the query could not be served and the page was made without it." })
  readonly degraded!: boolean;

  @Field(() => [String], { description: "Why a part was left out: a code such as ENCODER_UNAVAILABLE, a colon and a sentence." })
  readonly degradedReasons!: readonly string[];

  @Field(() => SearchModeEnum, { description: "The mode that was used; AUTO in a listing, where nothing is matched." })
  readonly modeUsed!: SearchMode;

  @Field(() => Float, { description: "Milliseconds that encoding and searching took, all searches of the operation together." })
  readonly tookMs!: number;
}

export function toConnection(page: SearchPage): ProductConnectionType {
  // Cursors by getter: they can be long, and many clients want the last one or none.
  const edges = page.hits.map((each) => {
    const { score, similarity, signals } = each.hit;
    const node = toProductType(each.hit);
    return {
      node,
      get cursor() {
        return each.cursor();
      },
      score,
      similarity,
      relevance: each.relevance,
      signals,
    };
  });
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    totalCount: page.total?.count ?? 0,
    totalCountRelation: page.total?.relation ?? "EXACT",
    facets: page.facets.map(toFacet),
    degraded: page.degradedReasons.length > 0,
    degradedReasons: page.degradedReasons,
    modeUsed: page.modeUsed,
    tookMs: page.tookMs,
  };
}
