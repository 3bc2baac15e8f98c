import { connect, type Socket } from 'node:net';

/**
 * `load-generator URL CONNECTIONS SECONDS [URL…]`: asks again and again on keep-alive connections, one request at a time
 * on each, for the URL, or each connection for another one of those given, and prints how many answers a second came back whole. It writes the same bytes and counts bytes, which
 * costs far less than an HTTP client would, so that the server is what is measured.
 */
const [address, connections, seconds, ...others] = process.argv.slice(2);
const url = new URL(address!);
const requests = [address!, ...others].map((text) => {
  const { pathname, search } = new URL(text);
  return Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
});
const headerEnd = Buffer.from('\r\n\r\n');

let answered = 0;
const sockets = Array.from({ length: Number(connections) }, (_, index) =>
  openConnection(requests[index % requests.length]!),
);
const startedAt = performance.now();
setTimeout(
  () => {
    const elapsed = (performance.now() - startedAt) / 1000;
    for (const socket of sockets) socket.destroy();
    process.stdout.write(`${answered / elapsed}\n`);
  },
  Number(seconds) * 1000,
);

function openConnection(request: Buffer): Socket {
  const socket = connect(Number(url.port), url.hostname);
  let missing = 0;
  socket.setNoDelay(true);
  socket.on('connect', () => socket.write(request));
  socket.on('data', (chunk: Buffer) => {
    missing = missing > 0 ? missing - chunk.length : lengthOf(chunk) - chunk.length;
    if (missing < 0) throw new Error('More came than was announced.');
    if (missing > 0) return;
    answered += 1;
    socket.write(request);
  });
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('end', () => {
    throw new Error('The server closed a connection.');
  });
  return socket;
}

/** The bytes of an answer, head and body, from the chunk it begins with. */
function lengthOf(chunk: Buffer): number {
  const end = chunk.indexOf(headerEnd);
  const head = chunk.toString('latin1', 0, end);
  const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
  if (end < 0 || !head.startsWith('HTTP/1.1 200') || length === undefined) {
    throw new Error(`An answer that is none: ${head.split('\r\n', 1)[0]}`);
  }
  return end + headerEnd.length + Number(length);
}
