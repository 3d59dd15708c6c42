import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from "type-graphql";
import type { SearchPage } from "../../search/search-request.js";
import type { Context } from "../context.js";
import { isGiven } from "../given.js";
import { checkArgumentLength, MAX_IDS } from "../list-limits.js";
import { productsFor, selectionOf } from "../selected.js";
import { ProductConnectionType, toConnection } from "../types/connection-types.js";
import { ProductFilterInput } from "../types/filter-input.js";
import { ProductType, toProductType } from "../types/product-type.js";
import { SearchProductsArgs, toQuery } from "../types/search-args.js";

/**
 * Of a product without embeddings, as an index that was made elsewhere may have it. No error: nothing above it may be null, so that one
 * such product would take the whole answer with it.
 */
const NOTHING_ALIKE: SearchPage = {
  hits: [],
  hasNextPage: false,
  hasPreviousPage: false,
  total: null,
  facets: [],
  modeUsed: "SEMANTIC",
  degradedReasons: [],
  tookMs: 0,
};

@Resolver(() => ProductType)
export class SearchResolver {
  @Query(() => ProductConnectionType, {
    description:
      "Products nearest to a query made of words, a picture, a picture's URL, another product, a ready embedding, several of " +
      "these with equal weight, or a weighted mix. The products of the query itself are left out. With none of them it lists what passes the filter, by id.",
  })
  async searchProducts(
    @Args(() => SearchProductsArgs) args: SearchProductsArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductConnectionType> {
    // Together with last it is refused, but not by its default.
    const first = args.last == null || isGiven(info, "first") ? (args.first ?? 20) : null;
    const selects = selectionOf(info);
    const facets = selects("facets") ? args.facets : null;
    const page = await context.searches.load({ ...(await toQuery(args)), first, facets, ...wanted(selects) });
    return toConnection(page);
  }

  @FieldResolver(() => ProductConnectionType, { description: "Products that look like this one, itself left out." })
  async similar(
    @Root() product: ProductType,
    @Arg("first", () => Int, { nullable: true, defaultValue: 10, description: "1 to 100." }) first: number | null,
    @Arg("filter", () => ProductFilterInput, { nullable: true }) filter: ProductFilterInput | null,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ProductConnectionType> {
    const { stored } = product;
    const known = stored?.imageEmbedding || stored?.textEmbedding ? stored : null;
    // Where others are asked for, a product is read with its embeddings.
    if (stored && !known) return toConnection(NOTHING_ALIKE);
    const request = { similarTo: product.id, known, filter, first: first ?? 10, ...wanted(selectionOf(info)) };
    return toConnection(await context.searches.load(request));
  }

  @Query(() => ProductType, { nullable: true, description: "Null when there is no such product." })
  async product(@Arg("id", () => ID) id: string, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): Promise<ProductType | null> {
    const stored = await productsFor(info, context).load(id);
    return stored && toProductType(stored);
  }

  @Query(() => [ProductType], { nullable: "items", description: "In the order of the ids; null where there is no such product." })
  async products(
    @Arg("ids", () => [ID]) ids: string[],
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<(ProductType | null)[]> {
    checkArgumentLength("ids", ids, MAX_IDS);
    const products = productsFor(info, context);
    const found = await Promise.all(ids.map((id) => products.load(id)));
    return found.map((stored) => stored && toProductType(stored));
  }
}

/** What of a search the operation needs: a total and embeddings cost time, so they are fetched only when used. */
function wanted(selects: ReturnType<typeof selectionOf>): { withTotal: boolean; withEmbeddings: boolean } {
  return { withTotal: selects("totalCount") || selects("totalCountRelation"), withEmbeddings: selects("similar") };
}
