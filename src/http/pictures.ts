import type { FastifyInstance } from "fastify";
import { badInput, LikenessError } from "../domain/errors.js";
import { isPictureName, PICTURE_WIDTHS, type PictureWidth } from "../domain/picture.js";
import type { PictureCopies } from "../domain/ports.js";

/** A name stands for one picture for ever, so whoever has it need never ask again. */
const CACHE_CONTROL = "public, max-age=31536000, immutable";

interface PictureRequest {
  Params: { file: string };
  Querystring: { width?: string | string[] };
}

/** `/pictures/<name>.jpg`, with `?width=` for a smaller size. GET and HEAD. */
export async function pictureRoutes(app: FastifyInstance, { copies }: { copies: PictureCopies }): Promise<void> {
  app.get<PictureRequest>("/pictures/:file", async (request, reply) => {
    const name = /^(.*)\.jpg$/.exec(request.params.file)?.[1] ?? "";
    if (!isPictureName(name)) throw new LikenessError("NOT_FOUND", "There is no such picture; the URLs of pictures come with products.");
    const width = readWidth(request.query.width);
    const etag = `"${name}${width ? `-${width}` : ""}"`;
    // `*` stands for whatever there is (RFC 9110, 13.1.2).
    const known = request.headers["if-none-match"]?.split(",").some((each) => ["*", etag, `W/${etag}`].includes(each.trim()));
    // Read in either case: a picture that was removed is not to be told as there.
    const bytes = await copies.read(name, width);
    if (!bytes) throw new LikenessError("NOT_FOUND", "There is no such picture any more.");
    reply.headers({ "cache-control": CACHE_CONTROL, etag, "content-security-policy": "default-src 'none'; sandbox" });
    // For pages of another origin that ask for isolation (Cross-Origin-Embedder-Policy).
    reply.header("cross-origin-resource-policy", "cross-origin");
    if (known) return reply.status(304).send();
    return reply.type("image/jpeg").send(bytes);
  });
}

function readWidth(given: string | string[] | undefined): PictureWidth | undefined {
  if (given === undefined) return undefined;
  const width = PICTURE_WIDTHS.find((each) => String(each) === given);
  if (width) return width;
  throw badInput(`width is ${JSON.stringify(given)}; ${PICTURE_WIDTHS.join(", ")} are allowed, or none for the whole picture.`, ["width"]);
}
