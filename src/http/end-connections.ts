import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * While the server closes, ends each connection that carries no request, and says so in answers that are still to come. Node ends
 * those alone that wait for a second one: a connection over which nothing came yet, as browsers and load balancers open in advance,
 * would hold the server for as long as its client likes, and one whose last answer had begun before, such as a stream, for the
 * keep-alive time.
 */
export function endConnections(app: FastifyInstance): void {
  const requests = new Map<Socket, number>();
  let closing = false;
  const count = (socket: Socket, more: 1 | -1) => {
    const underWay = requests.get(socket);
    if (underWay === undefined) return;
    requests.set(socket, underWay + more);
    if (closing && underWay + more === 0) socket.destroySoon();
  };
  app.server.on("connection", (socket: Socket) => {
    if (closing) return socket.destroy();
    requests.set(socket, 0);
    socket.once("close", () => requests.delete(socket));
  });
  app.server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    response.once("close", () => count(socket, -1));
  });
  app.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
  app.addHook("preClose", async () => {
    closing = true;
    for (const [socket, underWay] of requests) if (underWay === 0) socket.destroy();
  });
}
