// The name of a build: the first import of a module is from a module of that name, which only the glue of the same build has.
import { createHash } from 'node:crypto';

/** A name for what was built together. An engine shows it where the two are of different builds. */
export function buildNameOf(bytes, glue) {
  return `kinesis-edge build ${createHash('sha256').update(bytes).update(glue).digest('hex').slice(0, 8)}`;
}

/**
 * A module whose first import is from the module `name`.
 * https://webassembly.github.io/spec/core/binary/modules.html#import-section
 */
export function withBuildName(bytes, name) {
  const { start, end, count, first } = importSectionOf(bytes);
  const body = Buffer.concat([leb(count), text(name), bytes.subarray(first, end)]);
  return Buffer.concat([bytes.subarray(0, start), leb(body.length), body, bytes.subarray(end)]);
}

/** Where the section's size and its end are, and what comes after the name of the module of its first import. */
function importSectionOf(bytes) {
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const start = at + 1;
    const [size, body] = readLeb(bytes, start);
    if (id !== IMPORTS) at = body + size;
    else {
      const [count, entry] = readLeb(bytes, body);
      const [length, name] = readLeb(bytes, entry);
      return { start, end: body + size, count, first: name + length };
    }
  }
  throw new Error('the module has no imports');
}

function text(value) {
  return Buffer.concat([leb(Buffer.byteLength(value)), Buffer.from(value)]);
}

function readLeb(bytes, at) {
  for (let value = 0, shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

function leb(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

const IMPORTS = 2;
