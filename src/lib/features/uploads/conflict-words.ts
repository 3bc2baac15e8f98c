import type { Existing, UploadItem } from './upload-item.ts';

/** How ours differs from what has its name, in a few words. */
export function differenceOf({ size, modifiedAt }: UploadItem, existing: Existing): string {
  const difference = modifiedAt - new Date(existing.modifiedAt).getTime();
  const age =
    Math.abs(difference) < 1000 ? 'same date' : difference > 0 ? 'yours is newer' : 'yours is older';
  return size === existing.size && existing.sha256 === null ? `${age}, perhaps the same` : age;
}
