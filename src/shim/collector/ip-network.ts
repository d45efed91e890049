/**
 * The network that an address is in, not the address: the first 24 bits of IPv4, the first 48 of IPv6.
 * @param {string} address
 * @returns {string | undefined} nothing of what is no address
 */
export function truncated(address) {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address);
  if (v4) return `${v4[1]}.0`;
  if (!/^[\da-f:]{2,39}$/i.test(address) || !address.includes(':')) return undefined;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail ? tail.split(':') : [];
  // `::` stands for as many zeros as are missing.
  while (tail !== undefined && groups.length + behind.length < 8) groups.push('0');
  const first = [...groups, ...behind].slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return first.length === 3 ? `${first.join(':')}::` : undefined;
}
