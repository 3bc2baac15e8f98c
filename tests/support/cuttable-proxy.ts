import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type CuttableProxy = { origin: string; cut: () => Promise<void>; mend: () => Promise<void> };

/** A network between a client and the server at `origin` that can be cut, and mended at the same address. */
export async function startCuttableProxy(origin: string): Promise<CuttableProxy> {
  const target = Number(new URL(origin).port);
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  };
  const start = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((client) => {
        const upstream = connect(target, '127.0.0.1');
        join(client, upstream);
        join(upstream, client);
      });
      server.listen(port, '127.0.0.1', () => resolve(server));
    });

  let server = await start(0);
  const { port } = server.address() as AddressInfo;
  const cut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(cut);
  return {
    origin: `http://127.0.0.1:${port}`,
    cut,
    mend: async () => {
      server = await start(port);
    },
  };
}
