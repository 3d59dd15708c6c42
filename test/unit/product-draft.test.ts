import { expect, test } from "vitest";
import { checkDraft } from "../../src/ingest/product-draft.js";

test("an id that is cut in the midst of a character is refused, since no index can keep it as it is", () => {
  const draft = (id: string) => ({ id, title: "A smile", images: [] });
  expect(() => checkDraft(draft("smile-😀"))).not.toThrow();
  expect(() => checkDraft(draft("smile-\ud83d"))).toThrow('id is cut in the midst of a character: "smile-\\ud83d".');
});

test("a category that lies in very many is refused, since an index keeps each of them whole", () => {
  const draft = (levels: number) => ({ id: "a", title: "A box", images: [], categories: ["Boxes", `${"in/".repeat(levels - 1)}box`] });
  expect(() => checkDraft(draft(32))).not.toThrow();
  expect(() => checkDraft(draft(33))).toThrow(
    expect.objectContaining({
      code: "BAD_USER_INPUT",
      message: "categories.1 lies in more categories than are allowed: 32 levels, parted by /.",
      options: { field: ["categories", "1"] },
    }),
  );
});
