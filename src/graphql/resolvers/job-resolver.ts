import { GraphQLURL } from "graphql-scalars";
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root, Subscription } from "type-graphql";
import type { CatalogFormat } from "../../domain/catalog-format.js";
import { checkCurrency } from "../../domain/currency.js";
import { badInput } from "../../domain/errors.js";
import type { ImportJob } from "../../domain/jobs.js";
import type { Context } from "../context.js";
import { checkIdempotencyKey } from "../idempotent-calls.js";
import { MAX_ERRORS } from "../list-limits.js";
import { IngestErrorType } from "../types/ingest-types.js";
import { CatalogFormatEnum, IngestJob, toIngestError, toIngestJob, toJobError } from "../types/job-types.js";
import { GraphQLUpload, takeCatalog } from "../upload.js";
import type { UploadedFile } from "../uploaded-file.js";

const LOCALE = /^[a-z]{2,3}([_-][a-z0-9]{2,8})*$/i;

@Resolver(() => IngestJob)
export class JobResolver {
  @Mutation(() => IngestJob, {
    description: "Starts a durable import of a whole catalogue file; follow it with ingestJob or the subscription.",
  })
  async importCatalog(
    @Arg("file", () => GraphQLUpload, { nullable: true, description: "The catalogue; either this or url." }) file:
      | Promise<UploadedFile>
      | null
      | undefined,
    @Arg("url", () => GraphQLURL, { nullable: true, description: "Where the gateway fetches the catalogue, from a public address." }) url:
      | URL
      | null
      | undefined,
    @Arg("format", () => CatalogFormatEnum, { nullable: true, defaultValue: "AUTO" }) format: CatalogFormat | null,
    @Arg("currency", () => String, {
      nullable: true,
      description: "ISO 4217 code of prices that name no currency, as Shopify's and Magento's.",
    })
    currency: string | null | undefined,
    @Arg("locale", () => String, {
      nullable: true,
      description: "Language wanted of a catalogue that has several, such as de_DE; else en_US.",
    })
    locale: string | null | undefined,
    @Arg("idempotencyKey", () => String, { nullable: true, description: "An import with a key seen before is not started again." })
    idempotencyKey: string | null | undefined,
    @Ctx() { services: { imports, index } }: Context,
  ): Promise<IngestJob> {
    index.checkWritable();
    if ((file == null) === (url == null)) throw badInput("An import takes a file or a url, exactly one of them.", ["file"]);
    checkIdempotencyKey(idempotencyKey);
    if (currency != null) checkCurrency(currency, "currency", ["currency"]);
    if (locale != null && !LOCALE.test(locale)) {
      throw badInput(`locale is ${JSON.stringify(locale.slice(0, 80))}; give a language and a country such as de_DE.`, ["locale"]);
    }
    const reading = { format: format ?? "AUTO", currency: currency?.toUpperCase() ?? null, locale: locale ?? null };
    const source = file ? { file: await takeCatalog(await file) } : { url: (url as URL).href };
    return toIngestJob(await imports.start(source, reading, idempotencyKey ?? null));
  }

  @Mutation(() => IngestJob, { description: "Ends an import; what it ingested stays. One that has ended already stays as it is." })
  async cancelIngestJob(@Arg("id", () => ID) id: string, @Ctx() { services }: Context): Promise<IngestJob> {
    return toIngestJob(await services.imports.cancel(id));
  }

  @Query(() => IngestJob, { nullable: true, description: "Null when there is no such import." })
  async ingestJob(@Arg("id", () => ID) id: string, @Ctx() { services }: Context): Promise<IngestJob | null> {
    const job = await services.imports.get(id);
    return job && toIngestJob(job);
  }

  @Subscription(() => IngestJob, {
    description: "The import now and after each change until it has ended, by server-sent events at /graphql/stream.",
    subscribe: ({ args, context }: { args: { id: string }; context: Context }) => context.services.imports.follow(args.id, context.signal),
  })
  ingestJobProgress(@Root() job: ImportJob, @Arg("id", () => ID) _id: string): IngestJob {
    return toIngestJob(job);
  }

  @FieldResolver(() => [IngestErrorType], { description: "Why the import as a whole failed, and its first failed rows." })
  async errors(
    @Root() { job }: IngestJob,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20, description: `0 to ${MAX_ERRORS}.` }) first: number | null,
    @Ctx() { services }: Context,
  ): Promise<IngestErrorType[]> {
    const most = first ?? 20;
    if (most < 0 || most > MAX_ERRORS) throw badInput(`first is ${most}; 0 to ${MAX_ERRORS} are allowed.`, ["first"]);
    const errors = toJobError(job);
    if (most === 0 || job.tally.failed === 0) return errors.slice(0, most);
    for await (const failure of services.imports.failures(job.id)) {
      if (errors.length >= most) break;
      errors.push(toIngestError(failure));
    }
    return errors.slice(0, most);
  }
}
