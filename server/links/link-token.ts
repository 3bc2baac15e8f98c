import jwt from 'jsonwebtoken';
import type { KeyRing } from './key-ring.ts';

/** What a token carries, and all it carries: which row to look at. */
export type LinkClaims = { jti: string; gen: number };

const algorithm = 'HS256';
const type = 'share+jwt';
const audience = 'share';
const purpose = 'link token';
/** A token of ours has about 250 characters; nothing near this long is one. */
const maxLength = 1024;
const shape = /^[\w-]+\.[\w-]+\.[\w-]{43}$/;
const maxRemembered = 10_000;

/** Signs and verifies link tokens: JWTs (RFC 7519) pinned to one algorithm, one type, one audience and one issuer. */
export class LinkTokens {
  readonly #keys: KeyRing;
  readonly #issuer: string;
  /** Verified tokens: verification is pure, so its answer may be kept. The row is asked every time. */
  readonly #verified = new Map<string, LinkClaims>();
  #verifiedWith = 0;

  constructor(keys: KeyRing, issuer: string) {
    this.#keys = keys;
    this.#issuer = issuer;
  }

  /** What the next link is signed with. */
  get currentKid(): string {
    return this.#keys.current.kid;
  }

  /**
   * `kid` is the key that the link's address was signed with before, so that it stays the same address; null is the
   * oldest. One that is gone is replaced by the current key.
   */
  sign({ jti, gen }: LinkClaims, kid: string | null = this.currentKid): string {
    const key = kid === null ? this.#keys.oldest : (this.#keys.find(kid) ?? this.#keys.current);
    return jwt.sign({ gen }, key.derive(purpose), {
      algorithm,
      audience,
      issuer: this.#issuer,
      jwtid: jti,
      noTimestamp: true,
      header: { alg: algorithm, typ: type, kid: key.kid },
    });
  }

  /** The claims of a token that is ours, or undefined: why it is not is nobody's business. */
  verify(token: string): LinkClaims | undefined {
    if (token.length > maxLength || !shape.test(token)) return undefined;
    if (this.#keys.version !== this.#verifiedWith) {
      this.#verified.clear();
      this.#verifiedWith = this.#keys.version;
    }
    const known = this.#verified.get(token);
    if (known) return known;
    const claims = this.#verifyAnew(token);
    if (claims) {
      if (this.#verified.size >= maxRemembered) this.#verified.clear();
      this.#verified.set(token, claims);
    }
    return claims;
  }

  #verifyAnew(token: string): LinkClaims | undefined {
    const kid = readHeader(token);
    const key = kid === undefined ? undefined : this.#keys.find(kid);
    if (!key) return undefined;
    try {
      const claims = jwt.verify(token, key.derive(purpose), {
        algorithms: [algorithm],
        audience,
        issuer: this.#issuer,
      }) as Partial<LinkClaims>;
      const { jti, gen } = claims;
      if (typeof jti !== 'string' || typeof gen !== 'number' || !Number.isSafeInteger(gen)) return undefined;
      return { jti, gen };
    } catch {
      return undefined;
    }
  }
}

/** Parses the header without trusting it: pinned `alg` and `typ`, a `kid`, and nothing that brings a key or a rule. */
function readHeader(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8'),
    );
    if (typeof header !== 'object' || header === null) return undefined;
    const { alg, typ, kid, ...others } = header as Record<string, unknown>;
    if (alg !== algorithm || typ !== type || typeof kid !== 'string' || Object.keys(others).length > 0)
      return undefined;
    return kid;
  } catch {
    return undefined;
  }
}
