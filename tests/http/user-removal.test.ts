import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';

test('deleting a user gives back the space of what they had begun to upload (AZ-07)', async () => {
  const server = await startTestServer();
  const uri = Buffer.from('storage:big.bin').toString('base64');
  await server
    .as(server.bob)
    .post('/api/v1/uploads')
    .set({ 'Tus-Resumable': '1.0.0', 'Upload-Length': '1000', 'Upload-Metadata': `uri ${uri}` })
    .expect(201);
  const staged = () => readdir(join(server.homeOf('bob'), '.drey'), { recursive: true });
  expect((await staged()).filter((name) => name.includes('upload-'))).toHaveLength(1);
  await server.as(server.alice).delete('/api/v1/users/bob').expect(204);
  expect((await staged()).filter((name) => name.includes('upload-'))).toEqual([]);
});
