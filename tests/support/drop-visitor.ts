import type { Test } from 'supertest';
import type { DropPage, DropResult, Link } from '../../server/contract/schemas.ts';
import type { TestServer } from './test-server.ts';
import { tusMetadata } from './tus-client.ts';

/** Someone without an account who has a link for dropping, and keeps the cookie they are known by. */
export class DropVisitor {
  readonly server: TestServer;
  readonly base: string;
  cookie: string | undefined;

  constructor(server: TestServer, link: Pick<Link, 'url'>) {
    this.server = server;
    this.base = new URL(link.url).pathname;
  }

  async page(): Promise<DropPage> {
    const response = await this.#with(this.server.as().get(`${this.base}/drops`)).expect(200);
    this.#keepCookie(response.headers);
    return response.body as DropPage;
  }

  /** Sends files as the page does: with a manifest that says their paths and sizes. */
  async send(files: Record<string, string>, sender?: string): Promise<DropResult> {
    if (this.cookie === undefined) await this.page();
    const manifest = Object.entries(files).map(([path, text]) => ({ path, size: Buffer.byteLength(text) }));
    const request = this.#with(this.server.as().post(`${this.base}/bulk`)).field(
      'manifest',
      JSON.stringify(manifest),
    );
    if (sender !== undefined) void request.field('sender', sender);
    for (const text of Object.values(files)) void request.attach('file', Buffer.from(text), 'file');
    return (await request.expect(200)).body as DropResult;
  }

  /** Sends files as a plain form does: names and bytes. */
  formRequest(files: Record<string, string>): Test {
    const request = this.#with(this.server.as().post(`${this.base}/bulk`)).field('sender', 'someone');
    for (const [name, text] of Object.entries(files)) void request.attach('file', Buffer.from(text), name);
    return request;
  }

  async form(files: Record<string, string>): Promise<DropResult> {
    return (await this.formRequest(files).expect(200)).body as DropResult;
  }

  creation(path: string, size: number, words: Record<string, string> = {}): Test {
    return this.#tus(this.server.as().post(`${this.base}/uploads`))
      .set('Upload-Length', String(size))
      .set('Upload-Metadata', tusMetadata({ path, ...words }));
  }

  async beginUpload(path: string, size: number): Promise<string> {
    if (this.cookie === undefined) await this.page();
    return (await this.creation(path, size).expect(201)).headers.location as string;
  }

  append(location: string, offset: number, text: string): Test {
    return this.#tus(this.server.as().patch(location))
      .set('Upload-Offset', String(offset))
      .set('Content-Type', 'application/offset+octet-stream')
      .send(Buffer.from(text) as never);
  }

  head(location: string): Test {
    return this.#tus(this.server.as().head(location));
  }

  giveUp(location: string): Test {
    return this.#tus(this.server.as().delete(location));
  }

  #tus(request: Test): Test {
    return this.#with(request).set('Tus-Resumable', '1.0.0');
  }

  #with(request: Test): Test {
    return this.cookie === undefined ? request : request.set('Cookie', this.cookie);
  }

  #keepCookie(headers: Record<string, string | string[]>): void {
    const [cookie] = [headers['set-cookie'] ?? []].flat();
    if (cookie) this.cookie = cookie.split(';')[0];
  }
}
