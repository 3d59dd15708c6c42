import { GraphQLDateTime, GraphQLURL } from "graphql-scalars";
import { Directive, Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { Attribute, Money, Product, ProductImage, StoredProduct } from "../../domain/product.js";

@ObjectType("Money")
export class MoneyType implements Money {
  @Field(() => Float, { description: "In the main unit of the currency: 24.9 is 24 euros 90, not cents." })
  readonly amount!: number;

  @Field(() => String, { description: "ISO 4217 code, such as EUR." })
  readonly currency!: string;
}

@ObjectType("ProductImage", {
  description: "A picture as the gateway serves it, in smaller sizes too by ?width=160, 320 or 640; or one of the catalogue's own URLs.",
})
export class ProductImageType implements ProductImage {
  @Field(() => GraphQLURL)
  readonly url!: string;

  @Field(() => String, { nullable: true, description: "A text in place of the picture; no catalogue gives one so far, so it is null." })
  readonly alt!: string | null;

  @Field(() => Int, { nullable: true, description: "Pixels; known of pictures that the gateway keeps." })
  readonly width!: number | null;

  @Field(() => Int, { nullable: true, description: "Pixels." })
  readonly height!: number | null;
}

@ObjectType("Attribute", { description: "A property of a product that can be filtered by and counted." })
export class AttributeType implements Attribute {
  @Field(() => String, { description: "Such as color; one name may come several times." })
  readonly name!: string;

  @Field(() => String, { description: "Such as red." })
  readonly value!: string;
}

@Directive('@key(fields: "id")')
@ObjectType("Product", { description: "What a shop sells." })
export class ProductType implements Product {
  @Field(() => ID, { description: "The catalogue's own id." })
  readonly id!: string;

  @Field(() => String, { description: "Empty when the catalogue gave none." })
  readonly title!: string;

  @Field(() => String, { nullable: true, description: "Plain text." })
  readonly description!: string | null;

  @Field(() => [String], { description: "Paths: a product of A/B/C is in A and A/B too." })
  readonly categories!: readonly string[];

  @Field(() => String, { nullable: true })
  readonly brand!: string | null;

  @Field(() => MoneyType, { nullable: true })
  readonly price!: Money | null;

  @Field(() => Boolean, { nullable: true, description: "Null where the catalogue does not say." })
  readonly inStock!: boolean | null;

  @Field(() => GraphQLURL, { nullable: true, description: "The product's page in the shop." })
  readonly url!: string | null;

  @Field(() => GraphQLURL, {
    nullable: true,
    description: "Where a client can load the main picture: the gateway, where it keeps a copy, else the catalogue's own URL.",
  })
  readonly imageUrl!: string | null;

  @Field(() => [ProductImageType], { description: "Every picture that a client can load, the main one first." })
  readonly images!: readonly ProductImage[];

  @Field(() => [AttributeType])
  readonly attributes!: readonly Attribute[];

  @Field(() => ID, { nullable: true, description: "Shared by the variants of one product." })
  readonly groupId!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was last added or changed here." })
  readonly updatedAt!: Date;

  /** Not in the schema: the stored form with its embeddings, when the query that found it asked for them. */
  readonly stored?: StoredProduct;
}

/** The product as resolvers pass it on: with its stored form, for the fields below it that need the embeddings. */
export function toProductType(stored: StoredProduct): ProductType {
  return { ...stored.product, stored };
}
