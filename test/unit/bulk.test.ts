import { type Client, errors } from "@opensearch-project/opensearch";
import { describe, expect, it } from "vitest";
import { BulkWriter } from "../../src/indexes/opensearch/bulk.js";

/** How the write of one product ends when the server answers like this. */
async function write(answer: () => Promise<never>) {
  const client = { bulk: answer } as unknown as Client;
  const [outcome] = await new BulkWriter(client, { limitMs: 200 }).write("products", [{ id: "a", action: "index", document: {} }]);
  return outcome;
}

describe("a write that fails", () => {
  it("says that the server did not answer, where it did not within the time limit", async () => {
    expect(await write(() => new Promise(() => {}))).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The product could not be written: the server did not answer. Try again.",
      cause: { name: "GaveUp" },
    });
  });

  it("says the same where every try failed in passing until then", async () => {
    const answer = () => Promise.reject(new errors.ConnectionError("refused"));
    expect(await write(answer)).toMatchObject({ message: "The product could not be written: the server did not answer. Try again." });
  });

  it("says that the server refused it, where it did", async () => {
    const answer = () => Promise.reject(new Error("no permission"));
    expect(await write(answer)).toMatchObject({
      code: "INDEX_UNAVAILABLE",
      message: "The product could not be written: the server refused the request. Try again.",
    });
  });
});
