import type { ApolloServerPlugin } from "@apollo/server";

/** A reading of everything counted since the start, by name. */
export type ReadCounters = () => Record<string, number>;

/** Adds to each response how far the process's counters moved while it ran (`extensions.likeness`); for debugging. */
export function counters(read: ReadCounters): ApolloServerPlugin {
  return {
    async requestDidStart() {
      const before = read();
      return {
        async willSendResponse({ response }) {
          if (response.body.kind !== "single") return;
          const moved = Object.entries(read()).map(([name, value]) => [name, value - (before[name] ?? 0)]);
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, likeness: Object.fromEntries(moved) };
        },
      };
    },
  };
}
