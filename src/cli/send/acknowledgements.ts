import type { Block, Position } from './line-reader.js';

/** A block whose records are not all acknowledged. */
interface OpenBlock {
  end: Position;
  waiting: number;
  skipped: number;
}

/** Which part of the input is acknowledged: everything before one position. */
export class Acknowledgements {
  /** The end of the acknowledged part; `undefined` at the beginning of the input. */
  position: Position | undefined;
  /** Lines of the acknowledged part that were not sent, because they cannot be records. */
  skipped: number;
  /** Records that were acknowledged in this run. */
  delivered = 0;
  /** Since when the next record is waited for, in milliseconds of `performance.now()`. */
  waitingSince = performance.now();
  /** Blocks in the order of the input. The first `#first` are done. */
  #open: OpenBlock[] = [];
  #first = 0;

  constructor(position: Position | undefined, skipped: number) {
    this.position = position;
    this.skipped = skipped;
  }

  /** Begins to wait for the records of a block. Returns what is to be called for each record that is acknowledged. */
  open({ end, records, bad }: Block): () => void {
    if (this.isComplete) this.waitingSince = performance.now();
    const block = { end, waiting: records.length, skipped: bad ? 1 : 0 };
    this.#open.push(block);
    this.#advance();
    return () => {
      block.waiting -= 1;
      this.delivered += 1;
      this.waitingSince = performance.now();
      if (block.waiting === 0) this.#advance();
    };
  }

  /** Whether all that was opened is acknowledged. */
  get isComplete(): boolean {
    return this.#first === this.#open.length;
  }

  #advance(): void {
    for (; this.#open[this.#first]?.waiting === 0; this.#first += 1) {
      const { end, skipped } = this.#open[this.#first] as OpenBlock;
      this.position = end;
      this.skipped += skipped;
    }
    if (this.#first < COMPACTED_AT) return;
    this.#open = this.#open.slice(this.#first);
    this.#first = 0;
  }
}

/** Blocks that are done and still in the array. */
const COMPACTED_AT = 1000;
