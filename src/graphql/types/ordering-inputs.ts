import { Field, Float, InputType, registerEnumType } from "type-graphql";
import type { Boost } from "../../domain/arrange.js";
import type { SortKey } from "../../domain/search.js";
import { ProductFilterInput } from "./filter-input.js";

const SortKeyEnum = { RELEVANCE: "RELEVANCE", PRICE: "PRICE", TITLE: "TITLE", UPDATED_AT: "UPDATED_AT" } as const;
registerEnumType(SortKeyEnum, {
  name: "SortKey",
  description: "RELEVANCE: best first, or by id in a listing. The others: ascending, equal ones by id, products without such a value last.",
  valuesConfig: {
    PRICE: { description: "By amount, whatever the currency: filter by one where there are several." },
    TITLE: { description: "Regardless of case and accents." },
  },
});

@InputType("ProductSort", { description: "The order of hits." })
export class ProductSortInput {
  @Field(() => SortKeyEnum, { defaultValue: "RELEVANCE" })
  readonly by!: SortKey;

  @Field(() => Boolean, {
    defaultValue: false,
    nullable: true,
    description: "Turns the order round; products without the value stay last.",
  })
  readonly reverse?: boolean | null;
}

export const GroupByEnum = { PRODUCT_GROUP: "PRODUCT_GROUP" } as const;
registerEnumType(GroupByEnum, {
  name: "GroupBy",
  description: "What hits can be put together by.",
  valuesConfig: { PRODUCT_GROUP: { description: "Of the variants of a product (one groupId) the first alone is given." } },
});

@InputType("Diversity", { description: "Moves down what is much like something above it (maximal marginal relevance)." })
export class DiversityInput {
  @Field(() => Float, {
    defaultValue: 0.7,
    description: "1 keeps the order by relevance; towards 0 the next is ever less like those before.",
  })
  readonly lambda!: number;
}

@InputType("Boost", { description: "Multiplies the score of products that pass the filter." })
export class BoostInput implements Boost {
  @Field(() => ProductFilterInput, { description: "Which products are boosted." })
  readonly filter!: ProductFilterInput;

  @Field(() => Float, {
    description:
      "0.000001 to 1,000,000. Above 1 moves up, below 1 down; a very great one puts them first, but a score below 0 never before one above.",
  })
  readonly weight!: number;
}
