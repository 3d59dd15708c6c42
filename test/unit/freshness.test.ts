import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { Freshness } from "../../src/indexes/opensearch/freshness.js";

it("lets every read wait for a refresh that begins after the last write, where reads come during an older one", async () => {
  const refreshes: (() => void)[] = [];
  const freshness = new Freshness(() => new Promise<void>((resolve) => refreshes.push(resolve)));
  const write = () => freshness.during(async () => {});
  await write();
  const early = freshness.beforeRead();
  await write();
  let ready = 0;
  const reads = [1, 2, 3].map(async () => {
    await freshness.beforeRead();
    ready++;
  });
  refreshes[0]?.();
  await early;
  await setImmediate();
  expect([refreshes.length, ready]).toEqual([2, 0]);
  refreshes[1]?.();
  await Promise.all(reads);
  await freshness.beforeRead();
  expect(refreshes).toHaveLength(2);
});
