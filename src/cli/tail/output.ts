import { once } from 'node:events';
import { jsonLine, textLine } from './record-line.js';
import type { ArrivedRecord } from './shard-reader.js';

/** Prints records to the standard output, at the pace of its reader. */
export class RecordOutput {
  readonly #lineOf: (record: ArrivedRecord) => string;
  readonly #most: number;
  readonly #onMost: () => void;
  printed = 0;

  /** @param onMost called when the most records are printed that are wanted */
  constructor(isJson: boolean, most = Infinity, onMost: () => void = () => {}) {
    this.#lineOf = isJson ? jsonLine : textLine;
    this.#most = most;
    this.#onMost = onMost;
  }

  async print(records: ArrivedRecord[]): Promise<void> {
    const wanted = records.slice(0, this.#most - this.printed);
    if (wanted.length === 0) return;
    this.printed += wanted.length;
    const text = wanted.map((record) => `${this.#lineOf(record)}\n`).join('');
    if (this.printed >= this.#most) this.#onMost();
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}
