import { toOneLine } from '../core/logger.js';

/** Lines of the log, each written once until another one follows. */
export class UnrepeatedLog {
  #last: string | undefined;

  write(line: string): void {
    if (line === this.#last) return;
    this.#last = line;
    writeLine(line);
  }

  /** What the last line has said is over. */
  clear(): void {
    this.#last = undefined;
  }
}

/** Writes one line to the log of the Worker. */
export function writeLine(line: string): void {
  console.error(`kinesis-edge/collector: ${toOneLine(line)}`);
}
