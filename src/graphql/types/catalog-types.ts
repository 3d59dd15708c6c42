import { Field, Int, ObjectType } from "type-graphql";

@ObjectType("Model", { description: "The model that encodes products and queries." })
export class ModelType {
  @Field(() => String, { description: "Embeddings of different ids are never compared." })
  readonly id!: string;

  @Field(() => Int, { description: "How many numbers an embedding has." })
  readonly dimension!: number;

  @Field(() => String, { description: "What runs it: onnx or sagemaker." })
  readonly encoder!: string;
}

@ObjectType("IndexInfo", { description: "Where the products are kept." })
export class IndexInfoType {
  @Field(() => String, { description: "lancedb, opensearch or memory." })
  readonly kind!: string;

  @Field(() => String, { description: "The data folder, the alias in OpenSearch, or memory." })
  readonly name!: string;
}

@ObjectType("Catalog", { description: "What is searched, and by which model." })
export class CatalogType {
  @Field(() => ModelType)
  readonly model!: ModelType;

  @Field(() => IndexInfoType)
  readonly index!: IndexInfoType;
}
