import { timingSafeEqual } from 'node:crypto';
import { AppError } from '../contract/app-error.ts';
import { hashSecret } from '../base/identifier.ts';
import type { UsersService } from './users-service.ts';
import type { UserRow } from './users-repository.ts';

/**
 * The first run. The one-time token is derived from the installation's key, so that every process of it knows the same
 * one without keeping it; it is worth nothing once a user exists.
 */
export class SetupService {
  readonly #users: UsersService;
  readonly #token: string;

  constructor(users: UsersService, secret: Buffer) {
    this.#users = users;
    this.#token = secret.toString('base64url');
  }

  /** The token for the setup page, or undefined when Drey is set up already. */
  async findToken(): Promise<string | undefined> {
    return (await this.#users.isFirstRun()) ? this.#token : undefined;
  }

  async createFirstAdmin(
    address: string,
    { token, name, password }: { token: string; name: string; password: string },
  ): Promise<UserRow> {
    if (!(await this.#users.isFirstRun()))
      throw new AppError('not_found', 'Drey is already set up. Sign in instead.');
    // Hashed first, so that both sides have one length.
    if (!timingSafeEqual(Buffer.from(hashSecret(token)), Buffer.from(hashSecret(this.#token)))) {
      throw new AppError('forbidden', 'This is not the setup address that the server printed.', {
        reason: 'wrong_token',
      });
    }
    return this.#users.createFirst({ kind: 'anonymous', address }, { name, password });
  }
}
