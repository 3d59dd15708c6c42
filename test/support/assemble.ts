import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import wabt from "wabt";

/** Run by `npm run generate`: writes each `x.wat` of the sources, assembled and in base64, as `x.wasm.ts` beside it. */
const { parseWat } = await wabt();
for (const path of await readdir("src", { recursive: true })) {
  if (!path.endsWith(".wat")) continue;
  const parsed = parseWat(path, await readFile(`src/${path}`, "utf8"), { simd: true });
  parsed.validate();
  const assembled = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
  const text = `/** \`${basename(path)}\`, assembled. */\nexport const ASSEMBLED =\n  "${assembled}";\n`;
  await writeFile(`src/${path.replace(/\.wat$/, ".wasm.ts")}`, text);
}
