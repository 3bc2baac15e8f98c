import type { Logger } from '../base/logger.ts';
import type { LinkGate, OpenLink } from './link-gate.ts';
import type { LinkAct, LinkTimeline, Tally, Visitor } from './link-timeline.ts';

/** A link that was revoked, or whose creator lost the right, stops what runs by it within twice this. */
const checkEveryMs = 2000;
/** What a long transfer has moved so far is written down so often, in checks. */
const checksANote = 15;

/** Bytes on their way by a link: it is told each chunk that the socket took, and once how it ended. */
export type Transfer = { sent(bytes: number): void; end(isWhole: boolean): void };

type Running = { link: OpenLink; cut: () => void; note: () => void };

/**
 * What runs by links at this moment, in this process. While anything does, the links are looked at again and again, so
 * that a revocation made anywhere ends it.
 */
export class LinkTransfers {
  readonly #gate: LinkGate;
  readonly #timeline: LinkTimeline;
  readonly #log: Logger;
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;

  constructor(gate: LinkGate, timeline: LinkTimeline, log: Logger) {
    this.#gate = gate;
    this.#timeline = timeline;
    this.#log = log;
  }

  /**
   * Begins a transfer, which `cut` ends early. `isRest` for what continues an earlier one; `reachesEnd` when with its last
   * byte the client has the end of the file.
   */
  begin(
    link: OpenLink,
    visitor: Visitor,
    act: LinkAct & { isRest?: boolean; reachesEnd?: boolean },
    cut: () => void,
  ): Transfer {
    const { isRest = false, reachesEnd = true } = act;
    const tally = this.#timeline.begin(link.actor.id, visitor, act, isRest);
    let bytes = 0;
    const note = () => {
      if (bytes > 0) this.#timeline.add(tally, { bytes });
      bytes = 0;
    };
    const leave = this.watch(link, cut, note);
    return {
      sent: (count) => {
        bytes += count;
      },
      end: (isWhole) => {
        leave();
        this.#finish(tally, bytes, isWhole && reachesEnd);
      },
    };
  }

  #finish(tally: Tally, bytes: number, isWhole: boolean): void {
    this.#timeline.add(tally, { bytes, running: -1, finished: isWhole ? 1 : 0 });
  }

  /** Has `cut` called as soon as the link ends, until the answer is called. For what comes in by a link as well. */
  watch(link: OpenLink, cut: () => void, note: () => void = () => {}): () => void {
    const running = { link, cut, note };
    this.#running.add(running);
    this.#timer ??= setInterval(() => void this.#check(), checkEveryMs).unref();
    return () => {
      this.#running.delete(running);
    };
  }

  async #check(): Promise<void> {
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#checks += 1;
    if (this.#checks % checksANote === 0) for (const { note } of this.#running) note();
    const byLink = Map.groupBy(this.#running, ({ link }) => `${link.actor.id} ${link.generation}`);
    for (const group of byLink.values()) {
      const [{ link }] = group as [Running];
      try {
        if (await this.#gate.stillHolds(link)) continue;
        this.#log.info({ link: link.actor.id, transfers: group.length }, 'what ran by an ended link was cut');
        for (const { cut } of group) cut();
      } catch (error) {
        this.#log.error({ error }, 'a link could not be looked at again');
      }
    }
  }
}
