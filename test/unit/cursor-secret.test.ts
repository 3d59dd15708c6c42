import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keptCursorSecret } from "../../src/cursor-secret.js";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "likeness-secret-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe("the kept secret of cursors", () => {
  it("is one for all that start at once, whole, and stays", async () => {
    const folder = join(dataDir, "new", "folder");
    const secrets = await Promise.all(Array.from({ length: 30 }, () => keptCursorSecret(folder)));
    const [secret = ""] = secrets;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(new Set(secrets)).toEqual(new Set([secret]));
    expect(await keptCursorSecret(folder)).toBe(secret);
    expect(await readdir(folder)).toEqual(["cursor-secret"]);
    expect((await stat(join(folder, "cursor-secret"))).mode & 0o777).toBe(0o600);
  });

  it("is never to be seen half-written", async () => {
    for (let i = 0; i < 50; i++) {
      const folder = join(dataDir, `${i}`);
      const path = join(folder, "cursor-secret");
      let made = false;
      const making = keptCursorSecret(folder).finally(() => {
        made = true;
      });
      while (!made) {
        if (existsSync(path)) expect(readFileSync(path, "utf8")).toHaveLength(43);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await making;
    }
  });

  it("is another in another folder", async () => {
    expect(await keptCursorSecret(join(dataDir, "a"))).not.toBe(await keptCursorSecret(join(dataDir, "b")));
  });

  it.each(["", "fifteen letters"])("is refused where it is too short for one: %j", async (text) => {
    const path = join(dataDir, "cursor-secret");
    await writeFile(path, text);
    await expect(keptCursorSecret(dataDir)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message:
        `${path} has ${text.length} characters; a secret has at least 16. Remove the file, and the next start makes a new one ` +
        "(cursors given so far then end), or set LIKENESS_CURSOR_SECRET.",
    });
    expect(await readFile(path, "utf8")).toBe(text);
    await writeFile(path, `${text} and more letters`);
    expect(await keptCursorSecret(dataDir)).toBe(`${text} and more letters`);
  });
});
