import { isIPv4, isIPv6 } from 'node:net';

/** What is kept of an address: its network (/24 of IPv4, /48 of IPv6), all of it, or nothing. */
export type AddressKeeping = 'truncated' | 'full' | 'none';

/** `203.0.113.7` becomes `203.0.113.0/24`, `2001:db8:1:2::7` becomes `2001:db8:1::/48`; what is no address, nothing. */
export function keptAddress(address: string, keeping: AddressKeeping): string {
  if (keeping === 'none') return '';
  if (isIPv4(address)) return keeping === 'full' ? address : `${address.replace(/\.\d+$/, '.0')}/24`;
  if (!isIPv6(address)) return '';
  if (keeping === 'full') return address;
  const groups = leadingGroups(address).join(':');
  return groups === '0:0:0' ? '::/48' : `${groups}::/48`;
}

/** The first three of the eight groups, written in full where `::` or an embedded IPv4 address hides them. */
function leadingGroups(address: string): string[] {
  const [before = '', after] = (address.split('%', 1)[0] as string).split('::', 2);
  const split = (part: string) => (part === '' ? [] : part.split(':'));
  const [head, tail] = [split(before), split(after ?? '')];
  const width = (group: string) => (group.includes('.') ? 2 : 1);
  const known = [...head, ...tail].reduce((sum, group) => sum + width(group), 0);
  const hidden = after === undefined ? [] : Array.from({ length: 8 - known }, () => '0');
  return [...head, ...hidden, ...tail].slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
}
