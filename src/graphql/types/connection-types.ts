import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Signals, TotalCountRelation } from "../../domain/search.js";
import type { SearchPage } from "../../search/search-products.js";
import { ProductType, toProductType } from "./product-type.js";

export const TotalCountRelationEnum = { EXACT: "EXACT", LOWER_BOUND: "LOWER_BOUND", CANDIDATES: "CANDIDATES" } as const;
registerEnumType(TotalCountRelationEnum, {
  name: "TotalCountRelation",
  description: "Whether totalCount is exact, a lower bound, or the number of candidates that were ranked.",
});

@ObjectType("Signals", { description: "What each way of matching said of a hit: its cosine and the rank it gave." })
export class SignalsType implements Signals {
  @Field(() => Float, { nullable: true, description: "Cosine with the product's pictures." })
  readonly image!: number | null;

  @Field(() => Float, { nullable: true, description: "Cosine with the product's words." })
  readonly text!: number | null;

  @Field(() => Int, { nullable: true })
  readonly imageRank!: number | null;

  @Field(() => Int, { nullable: true })
  readonly textRank!: number | null;
}

@ObjectType("ProductEdge")
export class ProductEdgeType {
  @Field(() => ProductType)
  readonly node!: ProductType;

  @Field(() => String)
  readonly cursor!: string;

  @Field(() => Float, { description: "The number the page is ordered by; comparable within one response only." })
  readonly score!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Cosine similarity of the query embedding and the product's nearest one, in [-1, 1]; null in a listing.",
  })
  readonly similarity!: number | null;

  @Field(() => SignalsType)
  readonly signals!: Signals;
}

@ObjectType("PageInfo")
export class PageInfoType {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean;

  @Field(() => Boolean)
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true })
  readonly endCursor!: string | null;
}

@ObjectType("ProductConnection")
export class ProductConnectionType {
  @Field(() => [ProductEdgeType])
  readonly edges!: readonly ProductEdgeType[];

  @Field(() => [ProductType])
  readonly nodes!: readonly ProductType[];

  @Field(() => PageInfoType)
  readonly pageInfo!: PageInfoType;

  @Field(() => Int, { description: "How many products match; see totalCountRelation." })
  readonly totalCount!: number;

  @Field(() => TotalCountRelationEnum)
  readonly totalCountRelation!: TotalCountRelation;

  @Field(() => Float, { description: "Milliseconds that encoding and searching took, all searches of the operation together." })
  readonly tookMs!: number;
}

export function toConnection(page: SearchPage): ProductConnectionType {
  const edges = page.hits.map(({ hit, cursor }) => {
    const { score, similarity, signals } = hit;
    return { node: toProductType(hit), cursor, score, similarity, signals };
  });
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: page.total?.count ?? 0,
    totalCountRelation: page.total?.relation ?? "EXACT",
    tookMs: page.tookMs,
  };
}
