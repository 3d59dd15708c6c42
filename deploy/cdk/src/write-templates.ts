import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { templates } from "./templates.js";

const folder = process.argv[2];
if (!folder) throw new Error("Give the folder to write the templates to.");
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(templates())) writeFileSync(join(folder, name), text);
