import { GraphQLDateTime } from "graphql-scalars";
import { Ctx, FieldResolver, Int, Query, Resolver } from "type-graphql";
import { LikenessError } from "../../domain/errors.js";
import { latestUpdate } from "../../domain/latest-update.js";
import type { Context } from "../context.js";
import { CatalogType, IndexInfoType } from "../types/catalog-types.js";

/** What is known without the index is told without asking it, so that a client can see what is wrong while it is away. */
@Resolver(() => CatalogType)
export class CatalogResolver {
  @Query(() => CatalogType, { description: "What is searched, and by which model." })
  catalog(@Ctx() { services: { encoder, index } }: Context): CatalogType {
    return {
      model: { id: encoder.modelId, dimension: encoder.dimension, encoder: encoder.kind },
      index: { kind: index.kind, name: index.name },
    };
  }

  @FieldResolver(() => Int, { description: "All products of the index." })
  async productCount(@Ctx() { services: { index } }: Context): Promise<number> {
    return await index.count();
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: "When a product was last added or changed; null where there is none.",
  })
  async updatedAt(@Ctx() { services: { index } }: Context): Promise<Date | null> {
    return await latestUpdate(index);
  }
}

@Resolver(() => IndexInfoType)
export class IndexInfoResolver {
  @FieldResolver(() => Boolean, { description: "Whether the index can be read now, as /readyz tells it." })
  async healthy(@Ctx() { services: { index } }: Context): Promise<boolean> {
    try {
      await index.count();
      return true;
    } catch (error) {
      if (error instanceof LikenessError) return false;
      throw error;
    }
  }
}
