import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Query, Resolver, Root } from "type-graphql";
import { checkLength } from "../../domain/check-length.js";
import { badInput } from "../../domain/errors.js";
import type { Context } from "../context.js";
import { MAX_SUGGESTIONS } from "../list-limits.js";
import { productsFor } from "../selected.js";
import { ProductType, toProductType } from "../types/product-type.js";
import { SuggestionType } from "../types/suggestion-type.js";

const MAX_PREFIX_CHARS = 200;

@Resolver(() => SuggestionType)
export class SuggestResolver {
  @Query(() => [SuggestionType], {
    description:
      "What a shopper may be typing: titles, categories, brands and past successful queries, best first. The last word may be " +
      "unfinished, and words may be misspelt.",
  })
  async suggest(
    @Arg("prefix", () => String, { description: "What was typed so far, up to 200 characters." }) prefix: string,
    @Arg("first", () => Int, { nullable: true, defaultValue: 8, description: `1 to ${MAX_SUGGESTIONS}.` }) first: number | null,
    @Ctx() { suggestions }: Context,
  ): Promise<SuggestionType[]> {
    const most = first ?? 8;
    if (most < 1 || most > MAX_SUGGESTIONS) throw badInput(`first is ${most}; 1 to ${MAX_SUGGESTIONS} are allowed.`, ["first"]);
    checkLength(prefix, MAX_PREFIX_CHARS, ["prefix"]);
    return suggestions.load({ prefix, first: most });
  }

  @FieldResolver(() => ProductType, { nullable: true })
  async product(
    @Root() { productId }: SuggestionType,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductType | null> {
    const stored = productId === null ? null : await productsFor(info, context).load(productId);
    return stored && toProductType(stored);
  }
}
