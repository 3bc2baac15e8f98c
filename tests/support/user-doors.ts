import type { AskOptions } from './canaries.ts';

export type Door = { name: string; method: string; target: string; options?: AskOptions };

const formOfOne =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="mine"\r\n\r\nmine\r\n--b--\r\n';

/**
 * Every way in which a user can name an entry: `path` is what stands behind `/api/v1/content/`, encoded by the caller,
 * and the same is sent as a URI. `free` is an entry of theirs that may be named as the other end.
 */
export function readingDoors(path: string): Door[] {
  const item = encodeURIComponent(`storage:/${path}`);
  return [
    { name: 'content', method: 'GET', target: `/api/v1/content/${path}` },
    { name: 'content by HEAD', method: 'HEAD', target: `/api/v1/content/${path}` },
    {
      name: 'a range',
      method: 'GET',
      target: `/api/v1/content/${path}`,
      options: { headers: { Range: 'bytes=0-3' } },
    },
    { name: 'entry', method: 'GET', target: `/api/v1/entries/${path}` },
    { name: 'size', method: 'GET', target: `/api/v1/sizes/${path}` },
    { name: 'zip', method: 'GET', target: `/api/v1/archive?item=${item}` },
    { name: 'zip by HEAD', method: 'HEAD', target: `/api/v1/archive?item=${item}` },
  ];
}

export function writingDoors(path: string, free: string): Door[] {
  const uri = `storage:/${path}`;
  const own = `storage:/${free}`;
  const metadata = `uri ${Buffer.from(uri).toString('base64')}`;
  const post = (name: string, target: string, body: object): Door => ({
    name,
    method: 'POST',
    target,
    options: { body },
  });
  return [
    { name: 'put', method: 'PUT', target: `/api/v1/content/${path}`, options: { body: 'mine' } },
    { name: 'new folder', method: 'PUT', target: `/api/v1/directories/${path}` },
    {
      name: 'upload',
      method: 'POST',
      target: '/api/v1/uploads',
      options: { headers: { 'Tus-Resumable': '1.0.0', 'Upload-Length': '0', 'Upload-Metadata': metadata } },
    },
    {
      name: 'bulk',
      method: 'POST',
      target: `/api/v1/bulk/${path}`,
      options: { headers: { 'Content-Type': 'multipart/form-data; boundary=b' }, body: formOfOne },
    },
    post('copy to', '/api/v1/copies', { from: [own], to: uri, into: false, onConflict: 'replace' }),
    post('copy into', '/api/v1/copies', { from: [own], to: uri, into: true }),
    post('copy from', '/api/v1/copies', { from: [uri], to: `${own} copy`, into: false }),
    post('move to', '/api/v1/moves', { from: [own], to: uri, into: false, onConflict: 'replace' }),
    post('move from', '/api/v1/moves', { from: [uri], to: `${own} moved`, into: false }),
    post('link', '/api/v1/links', { items: [uri] }),
    post('grant', '/api/v1/grants', { uri, grantee: 'public', level: 'read' }),
    { name: 'grants of', method: 'GET', target: `/api/v1/grants?uri=${encodeURIComponent(uri)}` },
    { name: 'delete', method: 'DELETE', target: `/api/v1/entries/${path}` },
  ];
}
