import { Field, ID, Int, ObjectType } from "type-graphql";

@ObjectType("Model")
export class ModelType {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => Int)
  readonly dimension!: number;

  @Field(() => String)
  readonly encoder!: string;
}

@ObjectType("IndexInfo")
export class IndexInfoType {
  @Field(() => String)
  readonly kind!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => Boolean)
  readonly healthy!: boolean;
}

@ObjectType("Catalog")
export class CatalogType {
  @Field(() => Int)
  readonly productCount!: number;

  @Field(() => ModelType)
  readonly model!: ModelType;

  @Field(() => IndexInfoType)
  readonly index!: IndexInfoType;
}
