import type { RunningWatch } from '../base/running-watch.ts';
import type { OpenLink } from './link-gate.ts';
import type { LinkAct, LinkTimeline, Visitor } from './link-timeline.ts';

/** What a long transfer has moved so far is written down so often, while it moves. */
const noteEveryMs = 30_000;

/** Bytes on their way by a link: it is told each chunk that the socket took, and once how it ended. */
export type Transfer = { sent(bytes: number): void; end(isWhole: boolean): void };

/** Downloads that run by links: each ends with its link, and what it moved is on the timeline. */
export class LinkTransfers {
  readonly #standing: RunningWatch<OpenLink>;
  readonly #timeline: LinkTimeline;

  constructor(standing: RunningWatch<OpenLink>, timeline: LinkTimeline) {
    this.#standing = standing;
    this.#timeline = timeline;
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
    const leave = this.#standing.watch(link, cut);
    let bytes = 0;
    let notedAt = performance.now();
    return {
      sent: (count) => {
        bytes += count;
        const now = performance.now();
        if (now - notedAt < noteEveryMs) return;
        this.#timeline.add(tally, { bytes });
        bytes = 0;
        notedAt = now;
      },
      end: (isWhole) => {
        leave();
        this.#timeline.add(tally, { bytes, running: -1, finished: isWhole && reachesEnd ? 1 : 0 });
      },
    };
  }
}
