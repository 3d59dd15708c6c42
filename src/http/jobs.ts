import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { LikenessError } from "../domain/errors.js";
import type { RowFailure } from "../domain/jobs.js";
import type { Services } from "../graphql/context.js";

/** `/jobs/<id>/errors.ndjson`: every row of an import that failed so far, as a JSON object a line, to be downloaded. */
export async function jobRoutes(app: FastifyInstance, { imports, log }: Pick<Services, "imports" | "log">): Promise<void> {
  app.get<{ Params: { id: string } }>("/jobs/:id/errors.ndjson", { config: { needsKey: true } }, async (request, reply) => {
    const { id } = request.params;
    const job = await imports.get(id);
    if (!job) throw new LikenessError("NOT_FOUND", "There is no such import.");
    reply.header("content-disposition", `attachment; filename="errors-${job.id}.ndjson"`);
    const lines = Readable.from(toLines(imports.failures(id)));
    lines.on("error", (error) => {
      // What fails before the first of them is answered, as everywhere; later the connection ends, which tells nobody why.
      if (reply.raw.headersSent && !reply.raw.destroyed) log.error({ err: error, requestId: request.id }, "a report of errors broke off");
    });
    return reply.type("application/x-ndjson").send(lines);
  });
}

async function* toLines(failures: AsyncIterable<RowFailure>): AsyncGenerator<string> {
  for await (const failure of failures) yield `${JSON.stringify(failure)}\n`;
}
