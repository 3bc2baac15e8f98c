import { Option } from 'commander';
import type { SortOrder } from '../storage-api.ts';

export type SortChoice = 'name' | 'size' | 'time';

/** As in `ls`: names from A, largest first, newest first. */
export function sortOrderOf(choice: SortChoice): SortOrder {
  if (choice === 'name') return { sort: 'name', order: 'asc' };
  return { sort: choice === 'size' ? 'size' : 'modified', order: 'desc' };
}

export function sortOption(): Option {
  return new Option('--sort <key>', 'sort by').choices(['name', 'size', 'time']).default('name');
}
