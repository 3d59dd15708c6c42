import { createApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { createLog } from "../../src/log.js";

/** Run as a child: the gateway as `npm start` serves it, telling its URL to the parent. */
const app = await createApp(loadConfig(process.env), createLog("warn"));
const { url } = await app.start();
process.send?.({ url: `${url}/graphql` });
process.once("SIGTERM", async () => {
  await app.stop();
  process.exit(0);
});
