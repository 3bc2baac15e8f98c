import express from 'express';
import type { AddressInfo } from 'node:net';

/** The bare minimum that serves a folder with Express: what a link has to keep up with. */
const [folder] = process.argv.slice(2);
const app = express();
app.use(express.static(folder!));
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
