import { AppError } from '../contract/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { hashSecret } from '../base/identifier.ts';
import type { OpenLink } from './link-gate.ts';
import type { LinksRepository } from './links-repository.ts';
import type { Visitor } from './link-timeline.ts';

/** A download that broke off may be resumed for so long. */
const resumeMs = 24 * 3_600_000;

/**
 * Grants downloads. On a link without a limit there is nothing to decide; on a limited one, a download begins with one
 * conditional UPDATE, so that of fifty who try at once for the last one, one has it. The rest of a download that was
 * granted to the same client uses nothing up.
 */
export class LinkDownloads {
  readonly #links: LinksRepository;
  readonly #clock: Clock;

  constructor(links: LinksRepository, clock: Clock) {
    this.#links = links;
    this.#clock = clock;
  }

  /**
   * Throws `gone` with reason `used_up` when there is none left. `start` is the first byte that is asked for. Answers whether
   * it is the rest of a download that began earlier.
   */
  async begin(
    link: OpenLink,
    path: string,
    start: number,
    { address, userAgent }: Visitor,
  ): Promise<{ isRest: boolean }> {
    const isResumed = start > 0;
    if (link.downloadsLeft === null) return { isRest: isResumed };
    const client = hashSecret(JSON.stringify([address, userAgent]));
    const now = this.#clock().getTime();
    const key = { linkId: link.actor.id, client, path };
    if (isResumed && (await this.#links.hasDownload(key, now - resumeMs))) return { isRest: true };
    if (!(await this.#links.takeDownload(key, now))) {
      throw new AppError('gone', 'This link is used up.', { reason: 'used_up' });
    }
    return { isRest: false };
  }
}
