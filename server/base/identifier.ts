import { createHash, randomBytes, randomFillSync } from 'node:crypto';

const identifierBytes = 16;
/** To ask for random bytes takes longer than to make them, so many are asked for at once. */
const pool = Buffer.alloc(256 * identifierBytes);
let poolPosition = pool.length;

/**
 * A name for a row that nobody can guess or meet twice: 128 random bits, 22 characters of base64url. The first is no
 * hyphen: a command would take it for an option.
 */
export function createIdentifier(): string {
  if (poolPosition === pool.length) {
    randomFillSync(pool);
    poolPosition = 0;
  }
  const identifier = pool.toString('base64url', poolPosition, (poolPosition += identifierBytes));
  return identifier.startsWith('-') ? createIdentifier() : identifier;
}

let lastOrder = 0;

/** A name for a row that sorts after those made before it, here in order, between processes to the millisecond. */
export function createOrderedIdentifier(now: number): string {
  lastOrder = (lastOrder + 1) % 0x1_0000;
  const part = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${part(now, 12)}${part(lastOrder, 4)}${randomBytes(6).toString('hex')}`;
}

/** A secret to hand out: 256 random bits, 43 characters of base64url. */
export function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What of a high-entropy secret is kept. Not for passwords, which need a slow hash. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
