import { type Hash, createHash } from 'node:crypto';
import { BadLine, type LineRecord } from './record.js';

/** Successive lines of the input: what is acknowledged, and saved, as a whole. */
export interface Block {
  records: LineRecord[];
  /** A line that cannot be a record: alone in its block. */
  bad?: { line: number; reason: string };
  /** Of data and keys of the records. */
  bytes: number;
  /** Where the input goes on after it. */
  end: Position;
}

/** A place between two lines of the input. */
export interface Position {
  /** Bytes before it. */
  offset: number;
  /** Lines before it. */
  lines: number;
  /** SHA-256 of all bytes before it, in base64. */
  sha256: string;
}

export interface ReaderOptions {
  /** Longer lines are bad; they are not kept in memory. */
  lineBytesMax: number;
  /** Lines of one block. */
  blockLinesMax: number;
  /** The record of a line without its end; `undefined` for an empty line. Throws `BadLine`. */
  recordOf: (bytes: Buffer) => LineRecord | undefined;
}

/** The bytes before the position have changed since it was saved, or there are fewer. */
export class InputChanged extends Error {}

/** Reads the input from a position on, block by block. What is before it is read, too, and compared with its hash. */
export class LineReader {
  readonly #options: ReaderOptions;
  readonly #from: Position | undefined;
  readonly #hash: Hash = createHash('sha256');
  /** Bytes that are hashed: those of whole lines, and of the line that has begun. */
  #offset = 0;
  #lines: number;
  /** The beginning of a line whose end was not read yet. */
  #begun: Buffer[] = [];
  #begunBytes = 0;
  #records: LineRecord[] = [];
  #bytes = 0;
  #blockLines = 0;

  constructor(options: ReaderOptions, from?: Position) {
    this.#options = options;
    this.#from = from;
    this.#lines = from?.lines ?? 0;
  }

  async *blocks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Block> {
    for await (const chunk of chunks) yield* this.#blocksOf(this.#skip(chunk));
    if (this.#from && this.#offset < this.#from.offset) throw new InputChanged();
    // The last line may have no end.
    if (this.#begunBytes > 0) yield* this.#line(EMPTY, EMPTY);
    if (this.#blockLines > 0) yield this.#endBlock();
  }

  /** The part of a chunk that is after the position from which lines are read. */
  #skip(chunk: Buffer): Buffer {
    const count = Math.min(chunk.length, Math.max(0, (this.#from?.offset ?? 0) - this.#offset));
    if (count === 0) return chunk;
    this.#count(chunk.subarray(0, count));
    const isThere = this.#offset === this.#from?.offset;
    if (isThere && this.#sha256() !== this.#from?.sha256) throw new InputChanged();
    return chunk.subarray(count);
  }

  *#blocksOf(chunk: Buffer): Generator<Block> {
    let at = 0;
    for (let end; (end = chunk.indexOf(LINE_FEED, at)) !== -1; at = end + 1)
      yield* this.#line(chunk.subarray(at, end), chunk.subarray(at, end + 1));
    // The input may pause here: whole lines do not wait for more of them.
    if (this.#blockLines > 0) yield this.#endBlock();
    this.#begin(chunk.subarray(at));
  }

  /** Keeps the beginning of a line, as long as the line may become a record. */
  #begin(bytes: Buffer): void {
    this.#count(bytes);
    this.#begunBytes += bytes.length;
    if (bytes.length > 0 && this.#begunBytes <= this.#options.lineBytesMax) this.#begun.push(bytes);
    else this.#begun = [];
  }

  /**
   * Adds a line to the block.
   * @param rest the line without what has begun it
   * @param raw the same with its end
   */
  *#line(rest: Buffer, raw: Buffer): Generator<Block> {
    const { record, reason } = this.#read(rest);
    if (reason !== undefined && this.#blockLines > 0) yield this.#endBlock();
    this.#count(raw);
    this.#lines += 1;
    this.#blockLines += 1;
    this.#bytes += record?.bytes ?? 0;
    if (record) this.#records.push(record);
    if (reason !== undefined) yield this.#endBlock({ line: this.#lines, reason });
    else if (this.#blockLines >= this.#options.blockLinesMax || this.#bytes >= BLOCK_BYTES) yield this.#endBlock();
  }

  #read(rest: Buffer): { record?: LineRecord; reason?: string } {
    const bytes = this.#begunBytes + rest.length;
    const line = this.#begun.length > 0 ? Buffer.concat([...this.#begun, rest]) : rest;
    this.#begun = [];
    this.#begunBytes = 0;
    try {
      if (bytes > this.#options.lineBytesMax) throw new BadLine(`it has ${bytes} bytes, more than a record may have`);
      return { record: this.#options.recordOf(withoutMarks(line, this.#lines === 0)) };
    } catch (error) {
      if (error instanceof BadLine) return { reason: error.message };
      throw error;
    }
  }

  #endBlock(bad?: Block['bad']): Block {
    const end = { offset: this.#offset, lines: this.#lines, sha256: this.#sha256() };
    const block = { records: this.#records, bytes: this.#bytes, end, ...(bad && { bad }) };
    this.#records = [];
    this.#bytes = 0;
    this.#blockLines = 0;
    return block;
  }

  #count(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#offset += bytes.length;
  }

  #sha256(): string {
    return this.#hash.copy().digest('base64');
  }
}

/** A line without the mark of UTF-8 that some editors begin a file with, and without the first half of CR LF. */
function withoutMarks(line: Buffer, isFirst: boolean): Buffer {
  const begin = isFirst && line.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  return line.subarray(begin, line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length);
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Bytes of a block, beyond which it ends. */
const BLOCK_BYTES = 64 * 1024;
