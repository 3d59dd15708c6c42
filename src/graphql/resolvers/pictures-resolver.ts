import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { loadableImages } from "../../domain/picture.js";
import type { Context } from "../context.js";
import { type ProductImageType, ProductType } from "../types/product-type.js";

/** Where clients load pictures depends on the request, so it is not said before a product is answered. */
@Resolver(() => ProductType)
export class PicturesResolver {
  @FieldResolver()
  imageUrl(@Root() product: ProductType, @Ctx() { picturesUrl }: Context): string | null {
    return loadableImages(product, picturesUrl)[0]?.url ?? product.imageUrl;
  }

  @FieldResolver()
  images(@Root() product: ProductType, @Ctx() { picturesUrl }: Context): ProductImageType[] {
    return loadableImages(product, picturesUrl);
  }
}
