import { createHmac, timingSafeEqual } from 'node:crypto';
import { createIdentifier } from '../base/identifier.ts';
import type { KeyRing } from './key-ring.ts';

const purpose = 'drop visitor';

/** Knows the senders by a drop link again: by a signed cookie that names one of them at one link. */
export class DropVisitors {
  readonly #keys: KeyRing;

  constructor(keys: KeyRing) {
    this.#keys = keys;
  }

  /** Who the cookie says, or undefined when it is none of ours for this link. */
  read(linkId: string, cookie: string | undefined): string | undefined {
    const [, visitor, kid, signature] = /^([\w-]{22})\.([0-9a-f]{16})\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
    if (!visitor || !kid || !signature) return undefined;
    const expected = this.#sign(kid, linkId, visitor);
    const fits = expected !== undefined && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
    return fits ? visitor : undefined;
  }

  /** Someone who has not been here before. */
  create(linkId: string): { visitor: string; cookie: string } {
    const visitor = createIdentifier();
    const { kid } = this.#keys.current;
    return { visitor, cookie: `${visitor}.${kid}.${this.#sign(kid, linkId, visitor)}` };
  }

  #sign(kid: string, linkId: string, visitor: string): string | undefined {
    const key = this.#keys.find(kid);
    return (
      key && createHmac('sha256', key.derive(purpose)).update(`${linkId}.${visitor}`).digest('base64url')
    );
  }
}
