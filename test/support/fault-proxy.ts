import { connect, createServer, type Socket } from "node:net";
import { listenOnLoopback } from "./loopback.js";

/** What goes wrong on a connection's way, below HTTP. */
export type NetworkFault =
  /** Everything arrives later. */
  | { readonly kind: "latency"; readonly ms: number }
  /** The connection is reset as soon as something is sent over it. */
  | { readonly kind: "reset" }
  /** Neither side hears of the other any more, and neither is told. */
  | { readonly kind: "half-open" }
  /** The connection is closed in order after so many bytes of an answer. */
  | { readonly kind: "truncated"; readonly bytes: number };

export interface FaultProxy {
  readonly url: string;
  /** Holds for what passes from now on, over open connections too. */
  fault: NetworkFault | null;
  stop(): Promise<void>;
}

/** A TCP proxy on loopback in front of a server. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const state: { fault: NetworkFault | null } = { fault: null };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        if (state.fault?.kind !== "half-open") other.destroy();
      });
      socket.on("data", (chunk: Buffer) => pass(chunk, other, socket === upstream));
    }

    function pass(chunk: Buffer, to: Socket, isAnswer: boolean): void {
      const { fault } = state;
      if (fault?.kind === "half-open") return;
      if (fault?.kind === "reset") {
        client.resetAndDestroy();
      } else if (fault?.kind === "truncated" && isAnswer) {
        to.end(chunk.subarray(0, fault.bytes));
      } else if (fault?.kind === "latency") {
        setTimeout(() => to.write(chunk), fault.ms);
      } else {
        to.write(chunk);
      }
    }
  });
  return {
    url: await listenOnLoopback(server),
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      state.fault = fault;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
