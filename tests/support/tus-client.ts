import type { Test } from 'supertest';
import type { TestServer, TestUser } from './test-server.ts';

const octets = 'application/offset+octet-stream';

export type UploadWish = {
  uri: string;
  size: number | string;
  onConflict?: string;
  modifiedAt?: string;
  ifMatch?: string;
  sha256?: string;
  checksum?: string;
  drop?: string;
};

export function tusMetadata(words: Record<string, string | undefined>): string {
  return Object.entries(words)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${Buffer.from(value as string).toString('base64')}`)
    .join(',');
}

/** Speaks tus 1.0.0 step by step, so that a test can stop or stumble anywhere. */
export class TusClient {
  readonly server: TestServer;
  readonly user: TestUser | undefined;

  constructor(server: TestServer, user?: TestUser) {
    this.server = server;
    this.user = user;
  }

  creation({ size, ...words }: UploadWish): Test {
    return this.server
      .as(this.user)
      .post('/api/v1/uploads')
      .set('Tus-Resumable', '1.0.0')
      .set('Upload-Length', String(size))
      .set('Upload-Metadata', tusMetadata(words));
  }

  /** The address of a new upload. */
  async create(wish: UploadWish): Promise<string> {
    const { headers } = await this.creation(wish).expect(201);
    return headers.location as string;
  }

  append(location: string, offset: number, bytes: string | Buffer): Test {
    return this.server
      .as(this.user)
      .patch(location)
      .set('Tus-Resumable', '1.0.0')
      .set('Upload-Offset', String(offset))
      .set('Content-Type', octets)
      .send(Buffer.from(bytes as string));
  }

  head(location: string): Test {
    return this.server.as(this.user).head(location).set('Tus-Resumable', '1.0.0');
  }

  giveUp(location: string): Test {
    return this.server.as(this.user).delete(location).set('Tus-Resumable', '1.0.0');
  }

  /** A whole small file in one go. */
  async store(wish: Omit<UploadWish, 'size'>, bytes: string): Promise<string> {
    const location = await this.create({ ...wish, size: Buffer.byteLength(bytes) });
    await this.append(location, 0, bytes).expect(204);
    return location;
  }
}
