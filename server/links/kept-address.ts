import { networkOf } from '../base/network-address.ts';

/** What is kept of an address: its network (/24 of IPv4, /48 of IPv6), all of it, or nothing. */
export type AddressKeeping = 'truncated' | 'full' | 'none';

export function keptAddress(address: string, keeping: AddressKeeping): string {
  if (keeping === 'none') return '';
  return keeping === 'full' ? address : networkOf(address);
}
