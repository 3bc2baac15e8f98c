import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest } from 'node:http';
import type { Content } from './content.ts';
import type { Account } from './server-process.ts';

/** Where requests go, and as whom. */
export type Target = { origin: string; account: Account };

const tusVersion = { 'Tus-Resumable': '1.0.0' };

/** An answer that no upload of ours should ever get. */
export class UnexpectedAnswer extends Error {}

/** Speaks to one server as one user. What the server's end cuts off rejects as `fetch` does. */
export class UploadClient {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#ask('PUT', `/api/v1/directories/${this.#inHome(path)}`, [200, 201]);
  }

  async remove(path: string): Promise<void> {
    await this.#ask('DELETE', `/api/v1/entries/${this.#inHome(path)}`, [204]);
  }

  async put(path: string, { bytes }: Content): Promise<void> {
    await this.#ask('PUT', `/api/v1/content/${this.#inHome(path)}`, [200, 201], { body: bytes });
  }

  /** Throws unless every one of the files was stored. */
  async bulk(folder: string, files: readonly { path: string; content: Content }[]): Promise<void> {
    const { type, body } = encodeBulk(files);
    const answer = await this.#ask('POST', `/api/v1/bulk/${this.#inHome(folder)}?onConflict=replace`, [200], {
      headers: { 'Content-Type': type },
      body,
    });
    const { items } = (await answer.json()) as { items: { error?: { code: string; message: string } }[] };
    for (const { error } of items) {
      if (error) throw new UnexpectedAnswer(`bulk refused a file: ${error.code} ${error.message}`);
    }
  }

  /** Begins an upload by tus and answers its address. */
  async create(path: string, size: number, onConflict: 'fail' | 'replace'): Promise<string> {
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const answer = await this.#ask('POST', '/api/v1/uploads', [201], {
      headers: {
        ...tusVersion,
        'Upload-Length': String(size),
        'Upload-Metadata': `uri ${encode(`storage:${path}`)},onConflict ${encode(onConflict)}`,
      },
    });
    return new URL(answer.headers.get('location')!, this.#target.origin).pathname;
  }

  async append(address: string, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#ask('PATCH', address, [204], {
      headers: {
        ...tusVersion,
        'Upload-Offset': String(offset),
        'Content-Type': 'application/offset+octet-stream',
      },
      body: bytes,
    });
  }

  /** How far an upload has come. */
  async offsetOf(address: string): Promise<number> {
    const answer = await this.#ask('HEAD', address, [200], { headers: tusVersion });
    return Number(answer.headers.get('upload-offset'));
  }

  /** Sends all of a PUT but its last byte, and holds the connection open until the server goes away. */
  async putAllButTheEnd(path: string, { bytes }: Content): Promise<void> {
    const request = this.#open('PUT', `/api/v1/content/${this.#inHome(path)}`, {
      'Content-Length': String(bytes.length + 1),
    });
    await held(request, bytes);
  }

  /** Sends a bulk request that never ends: its last part has no boundary behind it. */
  async bulkAllButTheEnd(
    folder: string,
    files: readonly { path: string; content: Content }[],
  ): Promise<void> {
    const { type, body } = encodeBulk(files);
    const request = this.#open('POST', `/api/v1/bulk/${this.#inHome(folder)}?onConflict=replace`, {
      'Content-Type': type,
      'Content-Length': String(body.length),
    });
    await held(request, body.subarray(0, body.lastIndexOf('\r\n--')));
  }

  #open(method: string, path: string, headers: Record<string, string>): ClientRequest {
    return httpRequest(new URL(path, this.#target.origin), {
      method,
      agent: false,
      headers: { ...headers, ...this.#authorization },
    });
  }

  async #ask(
    method: string,
    path: string,
    expected: readonly number[],
    { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array } = {},
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#target.origin), {
      method,
      headers: { ...headers, ...this.#authorization },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
    });
    if (expected.includes(response.status)) return response;
    throw new UnexpectedAnswer(`${method} ${path} was answered ${response.status} ${await response.text()}`);
  }

  get #authorization(): Record<string, string> {
    return { Authorization: `Bearer ${this.#target.account.token}` };
  }

  #inHome(path: string): string {
    return [this.#target.account.name, ...path.split('/').filter(Boolean)].map(encodeURIComponent).join('/');
  }
}

function held(request: ClientRequest, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    request.on('error', () => resolve());
    request.on('close', () => resolve());
    request.write(bytes);
  });
}

/** multipart/form-data (RFC 7578); names travel in the manifest. */
function encodeBulk(files: readonly { path: string; content: Content }[]): { type: string; body: Buffer } {
  const boundary = `drey-${randomBytes(18).toString('hex')}`;
  const manifest = files.map(({ path, content: { bytes, sha256 } }) => ({
    path,
    size: bytes.length,
    sha256,
  }));
  const parts = files.flatMap(({ content }) => [
    Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n`),
    content.bytes,
  ]);
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n${JSON.stringify(manifest)}`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), ...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}
