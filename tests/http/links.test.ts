import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

describe('a link', () => {
  test('without an expiry is permanent and serves the bytes to someone without an account', async () => {
    const server = await startTestServer();
    await server.put(server.bob, 'bob/a.txt', 'hello');
    const link = await server.link(server.bob, { items: ['storage:a.txt'] });
    expect(link.expiresAt).toBeNull();
    const response = await server
      .as()
      .get(`${new URL(link.url).pathname}/raw`)
      .expect(200);
    expect(response.text).toBe('hello');
  });
});
