import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { password, startTestServer } from '../support/test-server.ts';
import { openShell, Shell } from './drey-process.ts';

describe("an operator's commands", () => {
  test('reach the server: a user is made, a token is printed alone, and serve ends when it is asked to', async () => {
    const { folder } = await openShell(await startTestServer());
    const shell = new Shell(folder, { DREY_DATA: join(folder, 'data'), DREY_PORT: '0' });
    const added = await shell.run(['user', 'add', 'eve', '--password-stdin'], { input: `${password}\n` });
    expect(added).toMatchObject({ code: 0, stdout: '' });
    const token = await shell.ok('token', 'create', '--user', 'eve');
    expect(token).toMatch(/^drey_\S+\n$/);
    expect((await shell.run(['user', 'add', 'eve', '--password-stdin'], { input: password })).code).toBe(65);

    const { child, outcome } = shell.start(['serve']);
    const [said] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    const url = /http:\/\/[\d.:]+/.exec(String(said))?.[0] ?? '';
    const env = { DREY_URL: url, DREY_TOKEN: token.trim() };
    expect((await shell.run(['whoami'], { env })).stdout).toBe('eve\n');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(0);
  });
});
