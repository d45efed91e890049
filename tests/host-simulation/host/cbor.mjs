// CBOR (RFC 8949), as far as Kinesis uses it: maps, arrays, texts, bytes and whole numbers.

export function decodeCbor(bytes) {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const take = (count) => {
    if (at + count > bytes.length) throw new Error('CBOR that ends too soon');
    return (at += count) - count;
  };
  const lengthOf = (info) => {
    if (info < 24) return info;
    if (info === 24) return view.getUint8(take(1));
    if (info === 25) return view.getUint16(take(2));
    if (info === 26) return view.getUint32(take(4));
    if (info === 31) return Infinity;
    throw new Error(`CBOR with a length of kind ${info}`);
  };
  const isEnd = () => bytes[at] === 0xff && Boolean((at += 1));
  const read = () => {
    const head = view.getUint8(take(1));
    const length = lengthOf(head & 31);
    switch (head >> 5) {
      case 0: return length;
      case 2: return Buffer.from(bytes.subarray(take(length), at));
      case 3: return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(take(length), at));
      case 4: {
        const items = [];
        while (items.length < length && !(length === Infinity && isEnd())) items.push(read());
        return items;
      }
      case 5: {
        const map = {};
        for (let count = 0; count < length && !(length === Infinity && isEnd()); count += 1) map[read()] = read();
        return map;
      }
      default: throw new Error(`CBOR of major type ${head >> 5}`);
    }
  };
  const value = read();
  if (at !== bytes.length) throw new Error('CBOR with something behind it');
  return value;
}

export function encodeCbor(value) {
  if (typeof value === 'number') return head(0, value);
  if (typeof value === 'string') return withHead(3, Buffer.from(value));
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)]);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Buffer.concat([head(5, members.length), ...members.flatMap(([name, member]) => [encodeCbor(name), encodeCbor(member)])]);
}

function withHead(type, bytes) {
  return Buffer.concat([head(type, bytes.length), bytes]);
}

function head(type, length) {
  if (length < 24) return Buffer.of((type << 5) | length);
  if (length < 256) return Buffer.of((type << 5) | 24, length);
  if (length < 65_536) return Buffer.of((type << 5) | 25, length >> 8, length & 255);
  const bytes = Buffer.alloc(5);
  bytes[0] = (type << 5) | 26;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
