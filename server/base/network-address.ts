import { isIPv4, isIPv6 } from 'node:net';

/** The network that an address is in: enough to tell places apart, not people. IPv4 to 24 bits, IPv6 to 48. */
export function networkOf(address: string): string {
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(address)) return '';
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head.split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0')];
  return `${all.slice(0, 3).join(':')}::/48`;
}
