import type { LinkAddress } from '../link-page/link-address.ts';
import type { UploadItem } from '../uploads/upload-item.ts';

/** Where the server keeps the first part of a file, so that the same file chosen again after a reload goes on there. */
export class UnfinishedDrops {
  readonly #prefix: string;

  constructor(address: LinkAddress) {
    this.#prefix = `drey-drop ${address.page()} `;
  }

  find(item: UploadItem): string | undefined {
    return localStorage.getItem(this.#keyOf(item)) ?? undefined;
  }

  keep(item: UploadItem, uploadUrl: string): void {
    localStorage.setItem(this.#keyOf(item), uploadUrl);
  }

  forget(item: UploadItem): void {
    localStorage.removeItem(this.#keyOf(item));
  }

  #keyOf({ path, size, modifiedAt }: UploadItem): string {
    return `${this.#prefix}${path} ${size} ${modifiedAt}`;
  }
}
