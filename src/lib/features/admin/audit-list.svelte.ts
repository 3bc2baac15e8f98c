import type { AuditEvent } from '$contract/schemas.ts';
import { listAudit, type AuditFilter } from '$lib/api/audit-api.ts';
import { isAbort, messageOf } from '$lib/api/client.ts';

const pageSize = 100;

/** The audit log as the page shows it, page after page, newest first. */
export class AuditList {
  events = $state.raw<readonly AuditEvent[]>([]);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state('');
  #next = $state<string | null>(null);
  #filter: AuditFilter = {};
  #reading = new AbortController();

  get hasMore(): boolean {
    return this.#next !== null;
  }

  async show(filter: AuditFilter): Promise<void> {
    this.#filter = filter;
    await this.#read(undefined, []);
  }

  async more(): Promise<void> {
    if (this.status !== 'loading' && this.#next) await this.#read(this.#next, this.events);
  }

  async #read(cursor: string | undefined, before: readonly AuditEvent[]): Promise<void> {
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    this.status = 'loading';
    try {
      const page = await listAudit(this.#filter, { limit: pageSize, cursor }, signal);
      this.events = [...before, ...page.items];
      this.#next = page.next;
      this.status = 'ready';
    } catch (error) {
      if (isAbort(error)) return;
      this.problem = messageOf(error);
      this.status = 'failed';
    }
  }
}
