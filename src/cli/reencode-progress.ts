import { badInput } from "../domain/errors.js";
import type { Lacking, PassProgress } from "../ingest/reencode-products.js";
import { IngestProgress } from "./ingest-progress.js";

/** Shows how far a re-encoding is; passes after the first find little to do and say nothing. */
export class ReencodeProgress {
  private readonly shown: IngestProgress;
  private ended = false;

  constructor(private readonly total: number) {
    this.shown = new IngestProgress(total, 0, "product");
  }

  update({ compared, encoded }: PassProgress): void {
    if (this.ended) return;
    this.shown.update(Math.min(compared, this.total), encoded);
    if (compared >= this.total) this.stop();
  }

  stop(): void {
    if (!this.ended) this.shown.stop();
    this.ended = true;
  }
}

/** Throws BAD_USER_INPUT where products would lose what their pictures told of them. */
export function refuseLacking({ products, wordless, examples }: Lacking): void {
  if (products === 0) return;
  const without = wordless > 0 ? ` ${wordless} of them have no words either, and would be found by nothing.` : "";
  throw badInput(
    `The pictures of ${products} products cannot be encoded again, for the gateway keeps no copy of them (${examples.join(", ")}${products > examples.length ? ", …" : ""}).${without} ` +
      "Ingest these again with their pictures while LIKENESS_PICTURES is disk or s3, or add --force to let words alone stand for them.",
  );
}
