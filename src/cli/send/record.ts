import { isUtf8 } from 'node:buffer';

/** What a line becomes. */
export interface LineRecord {
  data: string;
  /** Absent, the producer chooses a random one. */
  partitionKey?: string;
  /** Of data and key. */
  bytes: number;
}

/** How lines become records. */
export interface RecordSettings {
  format: 'json-lines' | 'text';
  partitionKey?: string;
  /** The member of each line whose value is the partition key; with dots, one within others. */
  partitionKeyField?: string;
  /** Whether the data ends with a line feed. */
  newline: boolean;
  recordBytesMax: number;
}

/** A line that cannot become a record, with the reason. */
export class BadLine extends Error {}

/** The record of a line. An empty line has none, and of JSON Lines one with nothing but spaces. Throws `BadLine`. */
export function recordOf(bytes: Buffer, settings: RecordSettings): LineRecord | undefined {
  if (!isUtf8(bytes)) throw new BadLine('it is not UTF-8');
  const text = bytes.toString();
  if ((settings.format === 'text' ? text : text.trim()) === '') return undefined;
  const partitionKey = settings.format === 'text' ? settings.partitionKey : keyOf(jsonOf(text), settings);
  const data = settings.newline ? `${text}\n` : text;
  const size = bytes.length + (settings.newline ? 1 : 0) + keyBytes(partitionKey);
  if (size <= settings.recordBytesMax) return { data, partitionKey, bytes: size };
  const limit = `of at most ${settings.recordBytesMax} (--record-bytes-max)`;
  throw new BadLine(`its data and partition key have ${size} bytes, ${limit}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message of the engine quotes the line, which may hold what is not for a log.
    throw new BadLine('it is not JSON (--format text sends any text)');
  }
}

function keyOf(value: unknown, { partitionKey, partitionKeyField: field }: RecordSettings): string | undefined {
  if (field === undefined) return partitionKey;
  const found = memberOf(value, field);
  if (typeof found === 'number' && Number.isInteger(found) && !Number.isSafeInteger(found))
    throw new BadLine(`its '${field}' has more digits than a number can hold: write it as a text`);
  if (typeof found === 'number' || typeof found === 'boolean') return String(found);
  if (typeof found !== 'string') throw new BadLine(`it has no text or number '${field}' (--partition-key-field)`);
  // Its length in UTF-16 units is at least that in code points.
  if (found === '' || (found.length > KEY_LENGTH_MAX && [...found].length > KEY_LENGTH_MAX))
    throw new BadLine(`its '${field}' must have 1 to ${KEY_LENGTH_MAX} characters to be a partition key`);
  return found;
}

/** A member by its whole name, or by the names on the way to it. */
function memberOf(value: unknown, field: string): unknown {
  const whole = ownMember(value, field);
  return whole === undefined && field.includes('.') ? field.split('.').reduce(ownMember, value) : whole;
}

function ownMember(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

function keyBytes(partitionKey: string | undefined): number {
  return partitionKey === undefined ? RANDOM_KEY_BYTES : Buffer.byteLength(partitionKey);
}

const KEY_LENGTH_MAX = 256;
/** A key that the producer makes has 16 hexadecimal digits. */
const RANDOM_KEY_BYTES = 16;
