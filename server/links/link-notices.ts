import type { Clock } from '../base/clock.ts';
import { createIdentifier } from '../base/identifier.ts';
import type { Db, Tx } from '../database/connection.ts';
import { formatUri } from '../contract/uri.ts';
import type { Notice } from '../notices/notice.ts';
import type { Letter, Outbox } from '../notices/outbox.ts';
import type { LinkEventRow, LinkNews } from './link-events-repository.ts';

type Dependencies = {
  db: Db;
  outbox: Outbox;
  /** Of the installation: its cluster and, if it is known, the origin that people use. */
  place: { cluster: string; publicUrl: string };
  clock: Clock;
};

type Subject = {
  id: string;
  label: string | null;
  expires_at: number | null;
  wants_mail: 0 | 1;
  creator_name: string;
  creator_email: string | null;
  creator_is_disabled: 0 | 1;
};

/** What is dropped within so long of each other is told of together. */
const dropsTogetherMs = 5 * 60_000;
const noticeBeforeMs = 24 * 3_600_000;
const maxNames = 20;
const atOnce = 200;

/** Tells the webhook, and by mail the creators who asked for it, what happens to links. */
export class LinkNotices {
  readonly #with: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#with = dependencies;
  }

  get canMail(): boolean {
    return this.#with.outbox.carries('mail');
  }

  get #isSetUp(): boolean {
    return this.canMail || this.#with.outbox.carries('webhook');
  }

  /** Writes down what there is to tell, in the transaction of the events themselves. */
  async tell(tx: Tx, news: readonly LinkNews[]): Promise<void> {
    if (!this.#isSetUp) return;
    const now = this.#with.clock().getTime();
    for (const { kind, linkId, events } of news) {
      const subject = await this.#find(tx, linkId);
      if (!subject) continue;
      const isDrop = kind === 'dropped';
      const slot = Math.floor(now / dropsTogetherMs);
      const notice: Notice = {
        ...(await this.#notice(tx, subject, isDrop ? 'link.dropped' : 'link.first_download')),
        ...(isDrop && { id: `${linkId}-${slot}` }),
        files: filesOf(events),
        ...byOf(events[0]),
      };
      const dueAt = isDrop ? (slot + 1) * dropsTogetherMs : now;
      await this.#with.outbox.add(tx, this.#lettersOf(subject, notice, dueAt), withFilesOfBoth);
    }
  }

  /** Looks for links that end within a day, and tells of each once. */
  async sweep(): Promise<void> {
    if (!this.#isSetUp) return;
    while (await this.#db.transaction().execute((tx) => this.#tellExpiring(tx)));
  }

  get #db(): Db {
    return this.#with.db;
  }

  /** False when there were no more. */
  async #tellExpiring(tx: Tx): Promise<boolean> {
    const now = this.#with.clock().getTime();
    const rows = await tx
      .selectFrom('links')
      .select(['id', 'created_at', 'expires_at'])
      .where('expires_at', '>', now)
      .where('expires_at', '<=', now + noticeBeforeMs)
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expiry_noted', 'is', null), eb('expiry_noted', '<>', eb.ref('expires_at'))]))
      .where((eb) =>
        eb.exists(eb.selectFrom('link_items').select('position').whereRef('link_id', '=', 'links.id')),
      )
      .limit(atOnce)
      .execute();
    for (const { id, created_at, expires_at } of rows) {
      await tx.updateTable('links').set({ expiry_noted: expires_at }).where('id', '=', id).execute();
      // Whoever makes a link for a day or less knows that it ends.
      if ((expires_at ?? 0) - created_at <= noticeBeforeMs) continue;
      const subject = await this.#find(tx, id);
      if (!subject) continue;
      const notice = await this.#notice(tx, subject, 'link.expiring');
      await this.#with.outbox.add(tx, this.#lettersOf(subject, notice, now));
    }
    return rows.length > 0;
  }

  /** A link whose creator is disabled is dead: there is nobody to tell. */
  async #find(tx: Tx, id: string): Promise<Subject | undefined> {
    const subject = await tx
      .selectFrom('links')
      .innerJoin('users', 'users.id', 'links.creator_id')
      .select(['links.id', 'links.label', 'links.expires_at', 'links.wants_mail'])
      .select([
        'users.name as creator_name',
        'users.email as creator_email',
        'users.is_disabled as creator_is_disabled',
      ])
      .where('links.id', '=', id)
      .executeTakeFirst();
    return subject?.creator_is_disabled === 0 ? subject : undefined;
  }

  async #notice(tx: Tx, subject: Subject, event: Notice['event']): Promise<Notice> {
    const { cluster, publicUrl } = this.#with.place;
    const items = await tx
      .selectFrom('link_items')
      .select('path')
      .where('link_id', '=', subject.id)
      .orderBy('position')
      .limit(100)
      .execute();
    return {
      id: createIdentifier(),
      event,
      at: this.#with.clock().toISOString(),
      link: {
        id: subject.id,
        label: subject.label,
        items: items.map(({ path }) => formatUri(cluster, path)),
        createdBy: subject.creator_name,
        expiresAt: subject.expires_at === null ? null : new Date(subject.expires_at).toISOString(),
        page: publicUrl === '' ? null : `${publicUrl}/links/${subject.id}`,
      },
    };
  }

  #lettersOf({ wants_mail, creator_email }: Subject, notice: Notice, dueAt: number): Letter[] {
    const letters: Letter[] = [];
    if (this.#with.outbox.carries('webhook'))
      letters.push({ channel: 'webhook', recipient: '', notice, dueAt });
    if (this.canMail && wants_mail === 1 && creator_email !== null) {
      letters.push({ channel: 'mail', recipient: creator_email, notice, dueAt });
    }
    return letters;
  }
}

function filesOf(events: readonly LinkEventRow[]): NonNullable<Notice['files']> {
  const names = events.flatMap(({ path }) => (path === null ? [] : [path]));
  return {
    count: events.reduce((sum, { items }) => sum + items, 0),
    bytes: events.reduce((sum, { bytes }) => sum + bytes, 0),
    names: names.slice(0, maxNames),
  };
}

function byOf(event: LinkEventRow | undefined): Pick<Notice, 'by'> {
  if (!event) return {};
  const { client, address, sender } = event;
  return { by: { client, address, sender } };
}

function withFilesOfBoth(old: Notice, fresh: Notice): Notice {
  if (!old.files || !fresh.files) return fresh;
  const names = [...old.files.names, ...fresh.files.names].slice(0, maxNames);
  const count = old.files.count + fresh.files.count;
  return { ...fresh, files: { count, bytes: old.files.bytes + fresh.files.bytes, names } };
}
