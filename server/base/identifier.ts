import { createHash, randomBytes } from 'node:crypto';

/**
 * A name for a row that nobody can guess or meet twice: 128 random bits, 22 characters of base64url. The first is no
 * hyphen: a command would take it for an option.
 */
export function createIdentifier(): string {
  const identifier = randomBytes(16).toString('base64url');
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
