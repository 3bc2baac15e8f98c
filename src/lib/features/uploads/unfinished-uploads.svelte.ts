import type { Rows, Upload } from '$contract/schemas.ts';
import { api } from '$lib/api/client.ts';

const addressOf = (id: string) => `/api/v1/uploads/${id}`;

/** Large files of this person that were begun, here or in another browser, and are not whole yet. */
class UnfinishedUploads {
  #rows = $state.raw<readonly Upload[]>([]);
  /** Addresses of those that this page is sending. */
  #claimed = $state.raw<ReadonlySet<string>>(new Set());
  #reading: Promise<void> = Promise.resolve();

  /** Those that nothing on this page goes on with. */
  readonly rows = $derived(this.#rows.filter(({ id }) => !this.#claimed.has(addressOf(id))));

  /** Asks the server; while it does not answer, what was known stays. */
  refresh(): Promise<void> {
    return (this.#reading = api.get<Rows<Upload>>('/uploads', { query: { limit: 1000 } }).then(
      ({ items }) => void (this.#rows = items),
      () => {},
    ));
  }

  /** Where the server holds a part of just this file, when it does. */
  async find(uri: string, size: number, modifiedAt: number): Promise<string | undefined> {
    await this.#reading;
    const found = this.rows.find(
      (row) =>
        row.uri === uri &&
        row.size === size &&
        row.modifiedAt !== null &&
        new Date(row.modifiedAt).getTime() === modifiedAt,
    );
    return found && addressOf(found.id);
  }

  addressOf({ id }: Upload): string {
    return addressOf(id);
  }

  claim(uploadUrl: string): void {
    this.#claimed = new Set([...this.#claimed, new URL(uploadUrl, location.href).pathname]);
  }

  /** Gives it up; the server forgets what it has of it. */
  async discard({ id }: Upload): Promise<void> {
    const response = await fetch(addressOf(id), { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } });
    if (response.ok || response.status === 404 || response.status === 410) {
      this.#rows = this.#rows.filter((row) => row.id !== id);
    }
    await this.refresh();
  }
}

export const unfinishedUploads = new UnfinishedUploads();
