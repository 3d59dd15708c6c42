import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/** How long a client may take for the rest of its answer while the server closes: one that reads no further would hold it for ever. */
const REST_MS = 30_000;

/**
 * While the server closes, ends each connection that carries no request, and says so in answers that are still to come. Node ends
 * those alone that wait for a second one: a connection over which nothing came yet, as browsers and load balancers open in advance,
 * would hold the server for as long as its client likes, and one whose last answer had begun before, such as a stream, for the
 * keep-alive time. An answer that has begun has `restMs` to be taken.
 */
export function endConnections(app: FastifyInstance, restMs = REST_MS): void {
  const answers = new Map<Socket, Set<ServerResponse>>();
  let closing = false;
  const endLater = (socket: Socket) => setTimeout(() => socket.destroy(), restMs).unref();
  app.server.on("connection", (socket: Socket) => {
    if (closing) return socket.destroy();
    answers.set(socket, new Set());
    socket.once("close", () => answers.delete(socket));
  });
  app.server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    const underWay = answers.get(socket);
    underWay?.add(response);
    response.once("close", () => {
      underWay?.delete(response);
      if (closing && underWay?.size === 0) socket.destroySoon();
    });
  });
  app.addHook("onSend", async (request, reply) => {
    if (!closing) return;
    reply.header("connection", "close");
    endLater(request.raw.socket);
  });
  app.addHook("preClose", async () => {
    closing = true;
    for (const [socket, underWay] of answers) {
      if (underWay.size === 0) socket.destroy();
      else if ([...underWay].some(({ headersSent }) => headersSent)) endLater(socket);
    }
  });
}
