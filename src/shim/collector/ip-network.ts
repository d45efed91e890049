/**
 * The network of an address: its first 24 bits of IPv4, its first 48 bits of IPv6. `undefined` where the text is no
 * address.
 */
export function networkOf(address: string): string | undefined {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address);
  if (v4) return `${v4[1]}.0`;
  return /^[\da-f:]{2,39}$/i.test(address) && address.includes(':') ? networkOfV6(address) : undefined;
}

function networkOfV6(address: string): string | undefined {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  // `::` stands for as many zeros as are missing.
  while (tail !== undefined && groups.length + last.length < 8) groups.push('0');
  const first = [...groups, ...last].slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return first.length === 3 ? `${first.join(':')}::` : undefined;
}
