import { connect, type Socket } from 'node:net';

/**
 * `load-generator URL CONNECTIONS SECONDS`: asks for the URL again and again on keep-alive connections, one request at a
 * time on each, and prints how many answers a second came back whole. It writes the same bytes and counts bytes, which
 * costs far less than an HTTP client would, so that the server is what is measured.
 */
const [address, connections, seconds] = process.argv.slice(2);
const url = new URL(address!);
const request = Buffer.from(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
const headerEnd = Buffer.from('\r\n\r\n');

let answered = 0;
const sockets = Array.from({ length: Number(connections) }, openConnection);
const startedAt = performance.now();
setTimeout(
  () => {
    const elapsed = (performance.now() - startedAt) / 1000;
    for (const socket of sockets) socket.destroy();
    process.stdout.write(`${answered / elapsed}\n`);
  },
  Number(seconds) * 1000,
);

function openConnection(): Socket {
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
