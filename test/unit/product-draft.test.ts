import { expect, test } from "vitest";
import { checkDraft } from "../../src/ingest/product-draft.js";

test("an id that is cut in the midst of a character is refused, since no index can keep it as it is", () => {
  const draft = (id: string) => ({ id, title: "A smile", images: [] });
  expect(() => checkDraft(draft("smile-😀"))).not.toThrow();
  expect(() => checkDraft(draft("smile-\ud83d"))).toThrow('id is cut in the midst of a character: "smile-\\ud83d".');
});
