import Table from "cli-table3";
import type { Command } from "commander";
import { badInput } from "../domain/errors.js";
import { loadPicture } from "../ingest/load-draft.js";
import type { PageHit } from "../search/search-request.js";
import { createCommandApp } from "./command-app.js";
import { printable } from "./printable.js";
import { wholeNumber } from "./read-number.js";

const MAX_TITLE_CHARS = 48;

interface SearchCommandOptions {
  readonly text?: string;
  readonly image?: string;
  readonly first: number;
  readonly json?: true;
}

export function searchCommand(program: Command): void {
  program
    .command("search")
    .description("search the index by words, by a picture or by both")
    .option("--text <words>", "what to look for")
    .option("--image <path or URL>", "a picture of what to look for")
    .option("--first <n>", "how many products to show, up to 100", wholeNumber(100), 10)
    .option("--json", "print the products as JSON")
    .action(async (options: SearchCommandOptions) => {
      const { text, image } = options;
      if (text === undefined && image === undefined) throw badInput("Give --text, --image or both.");
      // What a script left unset must not pass for what was left out.
      if (image?.trim() === "") throw badInput("--image is empty: give a path or a URL, or leave it out.");
      const app = await createCommandApp(process.env);
      try {
        const isUrl = /^https?:\/\//i.test(image ?? "");
        const picture = image && !isUrl ? await loadPicture(image, app.config.LIKENESS_MAX_UPLOAD_BYTES) : null;
        const [page] = await app.search.search([
          {
            text: text ?? null,
            image: picture?.bytes ?? null,
            imageUrl: isUrl ? (image ?? null) : null,
            first: options.first,
            withTotal: false,
            withEmbeddings: false,
          },
        ]);
        if (page instanceof Error) throw page;
        const hits = page?.hits ?? [];
        if (options.json) console.log(JSON.stringify(hits.map(toJson), null, 2));
        else if (hits.length > 0) console.log(toTable(hits));
        else console.log((await app.index.count()) > 0 ? "Nothing was found." : "The index is empty: fill it by likeness ingest.");
      } finally {
        await app.stop();
      }
    });
}

function toJson({ hit: { product, score, similarity, signals }, relevance }: PageHit, i: number): object {
  return { rank: i + 1, score, similarity, relevance, signals, product };
}

function toTable(hits: readonly PageHit[]): string {
  const table = new Table({
    head: ["rank", "id", "title", "brand", "price", "similarity", "relevance"],
    colAligns: ["right", "left", "left", "left", "right", "right", "right"],
    style: process.stdout.isTTY ? {} : { head: [], border: [] },
  });
  hits.forEach(({ hit: { product, similarity }, relevance }, i) => {
    const { id, title, brand, price } = product;
    table.push([
      i + 1,
      printable(id),
      printable(title.length > MAX_TITLE_CHARS ? `${title.slice(0, MAX_TITLE_CHARS)}…` : title),
      printable(brand ?? ""),
      price ? `${price.amount.toFixed(2)} ${price.currency}` : "",
      similarity?.toFixed(3) ?? "",
      relevance?.toFixed(2) ?? "",
    ]);
  });
  return table.toString();
}
