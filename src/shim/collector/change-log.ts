/** Lines of the log, each written once until another one follows. */
export class ChangeLog {
  #last: string | undefined;

  write(line: string): void {
    if (line === this.#last) return;
    this.#last = line;
    console.error(`kinesis-edge/collector: ${line}`);
  }

  /** What the last line has said is over. */
  clear(): void {
    this.#last = undefined;
  }
}
