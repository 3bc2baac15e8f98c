import type { EntryPath } from '../contract/path.ts';
import type { AuditAction } from '../contract/schemas.ts';

/** Who did something: a user by a session or a token, whoever runs commands here, Drey itself, or nobody we know. */
export type AuditActor =
  | { kind: 'user'; name: string; via: { kind: 'session' | 'token' }; address: string }
  | { kind: 'operator'; name: string }
  | { kind: 'system' }
  | { kind: 'anonymous'; address: string };

/** What was done. `target` is whom or what it was done to, as it is called: `user:alice`, `link:<id>`. */
export type AuditEvent = {
  action: AuditAction;
  target?: string | undefined;
  path?: EntryPath | undefined;
  detail?: Record<string, unknown> | undefined;
};

export const system: AuditActor = { kind: 'system' };
