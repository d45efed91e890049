/**
 * Returns a function that makes UUIDs of version 7. They sort by its argument, a time in milliseconds since 1970, and
 * those of one millisecond by the order in which they are made. `crypto.randomUUID` is missing in pages without https.
 * https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export function uuidSource(): (ms?: number) => string {
  let lastMs = 0;
  let count = 0;
  return (ms = Date.now()) => {
    const [high, low, seed] = crypto.getRandomValues(new Uint32Array(3)) as Iterable<number> as RandomNumbers;
    // The counter starts at 0 to 255 and has 12 bits: after 3,840 UUIDs in a millisecond the order is random.
    count = Math.floor(ms) === lastMs ? count + 1 : seed & 0xff;
    lastMs = Math.floor(ms);
    const version = 0x7000 | (count & 0xfff);
    const variant = 2 ** 31 + (high & 0x3fff_ffff);
    const digits = hex(lastMs, 12) + hex(version, 4) + hex(variant, 8) + hex(low, 8);
    return digits.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
}

export const uuidv7 = uuidSource();

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
}

/** Of 32 bits each. */
type RandomNumbers = [high: number, low: number, seed: number];
