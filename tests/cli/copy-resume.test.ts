import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';
import { startServerOn, startTestServer, type TestServer } from '../support/test-server.ts';
import { openProxy } from '../support/counting-proxy.ts';
import { openShell } from './drey-process.ts';
import { expectSameTree, makeTree, readTree, type TreeSpec } from './file-tree.ts';

const MiB = 1024 * 1024;
/** What requests, listings and a bit of a file in flight may weigh beside the bytes that were missing. */
const slack = 2 * MiB;

function mixedTree(): TreeSpec {
  const spec: TreeSpec = { 'empty/': '', 'big.bin': randomBytes(24 * MiB) };
  for (let index = 0; index < 400; index += 1) {
    spec[`small/${index % 7}/${index}.bin`] = randomBytes(10_000);
  }
  for (let index = 0; index < 4; index += 1) spec[`middle/${index}.bin`] = randomBytes(2 * MiB);
  return spec;
}
const totalBytes = 24 * MiB + 400 * 10_000 + 8 * MiB;

async function prepare(settings: Record<string, string> = {}) {
  const server = await startTestServer(settings);
  const proxy = await openProxy(server.origin);
  const shell = await openShell(server, server.bob, proxy.url);
  return { server, proxy, shell, home: server.homeOf('bob') };
}

async function uploadsOf(server: TestServer): Promise<{ id: string }[]> {
  const { body } = await server.as(server.bob).get('/api/v1/uploads').expect(200);
  return body.items;
}

describe('a copy that was stopped', () => {
  test('up, by a killed client: the same command again sends only what is missing', async () => {
    const { proxy, shell, home } = await prepare();
    await makeTree(join(shell.folder, 'src'), mixedTree());
    const held = proxy.holdAfter(totalBytes / 2);
    const { child, outcome } = shell.start(['cp', '-r', 'src', 'storage:dst']);
    await held;
    child.kill('SIGKILL');
    await outcome;
    const before = proxy.sent;
    proxy.reset();

    await shell.ok('cp', '-r', 'src', 'storage:dst');
    await expectSameTree(join(home, 'dst'), join(shell.folder, 'src'));
    // Batches that were on their way when the line went dead are sent again.
    expect(proxy.sent).toBeLessThan(totalBytes - before + 8 * MiB + slack);
  });

  test('up, one large file by a killed client: it goes on in the middle', async () => {
    const { proxy, shell, home } = await prepare();
    await makeTree(shell.folder, { 'big.bin': randomBytes(40 * MiB) });
    const held = proxy.holdAfter(25 * MiB);
    const { child, outcome } = shell.start(['cp', 'big.bin', 'storage:']);
    await held;
    child.kill('SIGKILL');
    await outcome;
    proxy.reset();
    await shell.ok('cp', 'big.bin', 'storage:');
    expect(proxy.sent).toBeLessThan(15 * MiB + slack);
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
  });

  test('up, one file of many parts: it goes on in the middle of any of them', async () => {
    const { server, proxy, shell, home } = await prepare({ DREY_UPLOAD_CHUNK_SIZE: '4M' });
    await makeTree(shell.folder, { 'big.bin': randomBytes(40 * MiB) });
    for (const sent of [6 * MiB, 11 * MiB, 9 * MiB]) {
      const held = proxy.holdAfter(sent);
      const { child, outcome } = shell.start(['cp', 'big.bin', 'storage:']);
      await held;
      child.kill('SIGKILL');
      await outcome;
      proxy.reset();
    }
    await shell.ok('cp', 'big.bin', 'storage:');
    expect(proxy.sent).toBeLessThan(14 * MiB + slack);
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
    expect(await uploadsOf(server)).toEqual([]);
  });

  test('up, of which the server knows nothing any more: it begins anew', async () => {
    const { server, proxy, shell, home } = await prepare({ DREY_UPLOAD_CHUNK_SIZE: '4M' });
    await makeTree(shell.folder, { 'big.bin': randomBytes(20 * MiB) });
    const held = proxy.holdAfter(10 * MiB);
    const { child, outcome } = shell.start(['cp', 'big.bin', 'storage:']);
    await held;
    child.kill('SIGKILL');
    await outcome;
    proxy.reset();
    for (const { id } of await uploadsOf(server)) {
      await server.as(server.bob).delete(`/api/v1/uploads/${id}`).set('Tus-Resumable', '1.0.0').expect(204);
    }
    await shell.ok('cp', 'big.bin', 'storage:');
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
  });

  test('down, by a killed client: the same command again fetches only what is missing', async () => {
    const { proxy, shell, server } = await prepare();
    await makeTree(join(server.homeOf('bob'), 'src'), mixedTree());
    const held = proxy.holdAfter(totalBytes / 2);
    const { child, outcome } = shell.start(['cp', '-r', 'storage:src', 'dst']);
    await held;
    child.kill('SIGKILL');
    await outcome;
    const before = await readTree(join(shell.folder, 'dst'));
    const arrived = Object.keys(before).filter((name) => !name.endsWith('/') && !name.endsWith('.drey.part'));
    proxy.reset();

    await shell.ok('cp', '-r', 'storage:src', 'dst');
    await expectSameTree(join(shell.folder, 'dst'), join(server.homeOf('bob'), 'src'));
    const missing = totalBytes - arrived.length * 10_000;
    expect(proxy.received).toBeLessThan(missing + slack);
  });

  test('down, one large file by Ctrl-C: it says how to go on, exits 130, and goes on in the middle of each part', async () => {
    const { proxy, shell, server } = await prepare();
    await makeTree(server.homeOf('bob'), { 'big.bin': randomBytes(80 * MiB) });
    const held = proxy.holdAfter(50 * MiB);
    const { child, outcome } = shell.start(['cp', 'storage:big.bin', '.']);
    await held;
    child.kill('SIGINT');
    const { code, stderr } = await outcome;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'drey: stopped. Run the same command again to go on from here.\n',
    });
    proxy.reset();
    await shell.ok('cp', 'storage:big.bin', '.');
    expect(proxy.received).toBeLessThan(30 * MiB + 16 * MiB);
    expect((await readTree(shell.folder))['big.bin']).toBe((await readTree(server.homeOf('bob')))['big.bin']);
  });

  test('down, a tree of many folders by Ctrl-C: it says so once', async () => {
    const { proxy, shell, server } = await prepare();
    const spec: TreeSpec = {};
    for (let index = 0; index < 100; index += 1) spec[`src/${index % 10}/${index}/a.txt`] = 'a';
    await makeTree(server.homeOf('bob'), spec);
    const held = proxy.holdAfter(10_000);
    const { child, outcome } = shell.start(['cp', '-r', 'storage:src', '.']);
    await held;
    child.kill('SIGINT');
    expect(await outcome).toEqual({
      code: 130,
      stdout: '',
      stderr: 'drey: stopped. Run the same command again to go on from here.\n',
    });
  });

  test('down, while the file became another one: it begins anew and what arrives is whole', async () => {
    const { proxy, shell, server } = await prepare();
    await makeTree(server.homeOf('bob'), { 'big.bin': randomBytes(8 * MiB) });
    const held = proxy.holdAfter(5 * MiB);
    const { child, outcome } = shell.start(['cp', 'storage:big.bin', '.']);
    await held;
    child.kill('SIGINT');
    await outcome;
    await makeTree(server.homeOf('bob'), { 'big.bin': randomBytes(8 * MiB) });
    proxy.reset();
    await shell.ok('cp', 'storage:big.bin', '.');
    expect((await readTree(shell.folder))['big.bin']).toBe((await readTree(server.homeOf('bob')))['big.bin']);
  });
});

test('how long it will take is told of a file that was named by hand, too', async () => {
  const { proxy, shell } = await prepare();
  await makeTree(shell.folder, { 'big.bin': randomBytes(30 * MiB) });
  const held = proxy.holdAfter(10 * MiB);
  const { child, outcome } = shell.start(['cp', '-p', 'big.bin', 'storage:']);
  await held;
  for await (const line of createInterface(child.stderr!)) if (/ s left$/.test(line)) break;
  child.kill('SIGKILL');
  await outcome;
});

test('that the server is away is told where the progress is, until it is back', async () => {
  const { proxy, shell } = await prepare();
  await makeTree(shell.folder, { 'big.bin': randomBytes(30 * MiB) });
  const held = proxy.holdAfter(10 * MiB);
  const { child, outcome } = shell.start(['cp', '-p', 'big.bin', 'storage:']);
  await held;
  proxy.cut({ refuses: true });
  const lines = createInterface(child.stderr!);
  for await (const line of lines) if (/^0 of 1 file .* waiting for the server$/.test(line)) break;
  proxy.reset();
  proxy.cut({ refuses: false });
  expect((await outcome).code).toBe(0);
});

describe('a network that changes what passes through it', () => {
  test('up: the server refuses what does not match its checksum, and it is sent again', async () => {
    const { server, proxy, shell, home } = await prepare();
    await makeTree(shell.folder, { 'big.bin': randomBytes(6 * MiB) });
    proxy.spoilAfter(3 * MiB);
    await shell.ok('cp', 'big.bin', 'storage:');
    expect(proxy.sent).toBeGreaterThan(12 * MiB);
    expect(await uploadsOf(server)).toEqual([]);
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
  });

  test.each(['SHA-256', 'XXH64'])('down: what does not match its %s is fetched again', async (kind) => {
    const { server, proxy, shell, home } = await prepare();
    const bytes = 6 * MiB;
    await makeTree(kind === 'XXH64' ? shell.folder : home, { 'big.bin': randomBytes(bytes) });
    if (kind === 'XXH64') await shell.ok('cp', 'big.bin', 'storage:');
    const address = '/api/v1/checksums/bob/big.bin';
    if (kind === 'SHA-256') await server.as(server.bob).get(`${address}?compute=1`).expect(200);
    const known = async () => (await server.as(server.bob).get(address).expect(200)).body;
    await waitUntil('its checksum is known', async () => (await known()).sha256 !== null);
    expect((await known()).xxh64 === null).toBe(kind === 'SHA-256');
    proxy.reset();
    proxy.spoilAfter(bytes / 2);
    await shell.ok('cp', '-T', 'storage:big.bin', 'down.bin');
    expect(proxy.received).toBeGreaterThan(2 * bytes);
    expect((await readTree(shell.folder))['down.bin']).toBe((await readTree(home))['big.bin']);
  });
});

describe('a network that breaks again and again', () => {
  test('is outlasted by one command, up and down, without sending everything again', async () => {
    const { proxy, shell, home } = await prepare();
    await makeTree(shell.folder, { 'big.bin': randomBytes(30 * MiB) });
    proxy.cutEvery(9 * MiB);
    await shell.ok('cp', 'big.bin', 'storage:');
    expect(proxy.connections).toBeGreaterThan(3);
    expect(proxy.sent).toBeLessThan(45 * MiB);
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
    proxy.reset();
    proxy.cutEvery(9 * MiB);
    await shell.ok('cp', 'storage:big.bin', 'down.bin');
    expect(proxy.received).toBeLessThan(45 * MiB);
    const { 'big.bin': there, 'down.bin': here } = await readTree(shell.folder);
    expect(here).toBe(there);
  });

  test('is told in one line when it stays away, and the same command later goes on', async () => {
    const { proxy, shell, home } = await prepare();
    await makeTree(shell.folder, { 'big.bin': randomBytes(30 * MiB) });
    const held = proxy.holdAfter(20 * MiB);
    const running = shell.run(['cp', 'big.bin', 'storage:'], { env: { DREY_RETRY_SECONDS: '1' } });
    await held;
    proxy.cut({ refuses: true });
    const { code, stderr } = await running;
    expect(code).toBe(74);
    expect(stderr).toMatch(/^drey: No connection to .*\n$/);
    proxy.cut({ refuses: false });
    proxy.reset();
    await shell.ok('cp', 'big.bin', 'storage:');
    expect(proxy.sent).toBeLessThan(10 * MiB + slack);
    expect((await readTree(home))['big.bin']).toBe((await readTree(shell.folder))['big.bin']);
  });
});

describe('a server that dies in the middle', () => {
  test('and comes back is gone on with', async () => {
    const { server, proxy, shell, home } = await prepare();
    await makeTree(join(shell.folder, 'src'), mixedTree());
    const held = proxy.holdAfter(totalBytes / 2);
    const running = shell.run(['cp', '-r', 'src', 'storage:dst'], { env: { DREY_RETRY_SECONDS: '0' } });
    await held;
    await server.close();
    proxy.cut();
    expect((await running).code).toBe(74);

    const revived = await startServerOn(server.dataFolder);
    try {
      proxy.reset();
      proxy.leadTo(revived.origin);
      await shell.ok('cp', '-r', 'src', 'storage:dst');
      await expectSameTree(join(home, 'dst'), join(shell.folder, 'src'));
    } finally {
      await revived.close();
    }
  });
});
