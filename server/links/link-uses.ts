import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { LinksRepository, LinkUse } from './links-repository.ts';

const flushEveryMs = 1000;

/**
 * Counts what is done with links. A durable commit for every download would cost more than the download, so counts are
 * added up for a second and written together; nothing decides by them.
 */
export class LinkUses {
  readonly #links: LinksRepository;
  readonly #clock: Clock;
  readonly #log: Logger;
  #pending = new Map<string, LinkUse>();
  #timer: NodeJS.Timeout | undefined;

  constructor(links: LinksRepository, clock: Clock, log: Logger) {
    this.#links = links;
    this.#clock = clock;
    this.#log = log;
  }

  count(linkId: string, what: 'opens' | 'downloads'): void {
    const use = this.#pending.get(linkId) ?? { opens: 0, downloads: 0, lastUsedAt: 0 };
    use[what] += 1;
    use.lastUsedAt = this.#clock().getTime();
    this.#pending.set(linkId, use);
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const uses = this.#pending;
    this.#pending = new Map();
    try {
      await this.#links.addUses(uses);
    } catch (error) {
      this.#log.error({ error }, 'the uses of links could not be counted');
    }
  }
}
