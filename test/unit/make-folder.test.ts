import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../src/make-folder.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "likeness-make-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a folder is made with those it lies in, and may be there already", async () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path);
  makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

test.each(["", "a", "a/b"])("a link that leads nowhere is no folder, and holds none: %j below it", async (below) => {
  await symlink(join(folder, "away"), join(folder, "link"));
  expect(() => makeFolder(join(folder, "link", below))).toThrow(/^ENOENT/);
});

test.each([
  ["", "EEXIST"],
  ["a/b", "ENOTDIR"],
])("a file is no folder, and holds none: %j below it", async (below, code) => {
  await writeFile(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file", below))).toThrow(new RegExp(`^${code}`));
});
