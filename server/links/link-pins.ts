import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Db, Tx } from '../database/connection.ts';
import type { LinkRow, LinksRepository } from './links-repository.ts';
import type { PinMaker } from './pin-maker.ts';
import type { PinRow, PinsRepository } from './pins-repository.ts';

/** The manifest that a link keeps to, and the one that is being made in its place. */
export type LinkPinRows = { pin: PinRow | undefined; nextPin: PinRow | undefined };

type Dependencies = { db: Db; pins: PinsRepository; links: LinksRepository; maker: PinMaker; clock: Clock };

/** Which manifests links keep to. */
export class LinkPins {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  /** Begins a manifest. The link keeps to it at once, giving nothing until it is made, or when it is made. */
  async begin(linkId: string, from: 'at once' | 'when made'): Promise<void> {
    const { db, pins, links, maker, clock } = this.#with;
    const pin: PinRow = {
      id: createIdentifier(),
      link_id: linkId,
      state: 'preparing',
      problem: null,
      is_listed: 0,
      files: 0,
      bytes: 0,
      done_files: 0,
      done_bytes: 0,
      sha256: null,
      created_at: clock().getTime(),
      finished_at: null,
    };
    await db.transaction().execute(async (tx) => {
      await pins.create(tx, pin);
      if (from === 'at once') await links.update(tx, linkId, { pin_id: pin.id });
    });
    maker.add(pin.id);
  }

  of(rows: readonly LinkRow[]): Promise<PinRow[]> {
    return this.#with.pins.ofLinks(rows.filter(({ pin_id }) => pin_id !== null).map(({ id }) => id));
  }

  removeOf(tx: Tx, linkId: string): Promise<void> {
    return this.#with.pins.removeOf(tx, linkId);
  }
}

export function pinsOf({ id, pin_id }: LinkRow, pins: readonly PinRow[]): LinkPinRows {
  return {
    pin: pins.find((pin) => pin.id === pin_id),
    nextPin: pins.find((pin) => pin.link_id === id && pin.id !== pin_id),
  };
}
