import cliProgress from 'cli-progress';
import { duration, quantity, rate } from './quantities.js';

/** How far the command is, while lines are sent. */
export interface Snapshot {
  /** Bytes of the input that are acknowledged. */
  offset: number;
  /** Lines that are acknowledged, with those of earlier runs. */
  lines: number;
  retries: number;
  /** Why no line is acknowledged at the moment. */
  trouble?: string;
}

/**
 * Shows the progress of a command: a bar on a terminal, else a line every five seconds. Both go to the standard error.
 */
export class Progress {
  readonly #read: () => Snapshot;
  /** Bytes of the input; `undefined` where it is not known. */
  readonly #size: number | undefined;
  readonly #bar: cliProgress.SingleBar | undefined;
  readonly #timer: NodeJS.Timeout;
  /** Samples of the last seconds, the oldest first. */
  readonly #samples: { at: number; offset: number; lines: number }[] = [];

  constructor(size: number | undefined, read: () => Snapshot) {
    this.#size = size;
    this.#read = read;
    this.#sample();
    if (process.stderr.isTTY) this.#bar = this.#startBar();
    this.#timer = setInterval(() => this.#show(), this.#bar ? BAR_MS : LINES_MS);
  }

  /** Prints a line above the bar. */
  say(line: string): void {
    process.stderr.write(this.#bar ? `${CLEAR_LINE}${line}\n${SAVE_CURSOR}` : `${line}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    if (!this.#bar) return;
    this.#update(this.#bar);
    this.#bar.stop();
  }

  #startBar(): cliProgress.SingleBar {
    const hasSize = this.#size !== undefined;
    const format: cliProgress.GenericFormatter = (options, { progress }) =>
      `${hasSize ? `${cliProgress.Format.BarFormat(progress, options)} ` : ''}${this.#text()}`;
    const options = { format, stream: process.stderr, barsize: 24, hideCursor: true, gracefulExit: false };
    const bar = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic);
    bar.start(this.#size || 1, 0);
    return bar;
  }

  #show(): void {
    this.#sample();
    if (this.#bar) this.#update(this.#bar);
    else this.say(this.#text());
  }

  #update(bar: cliProgress.SingleBar): void {
    bar.update(this.#size === undefined ? 0 : Math.min(this.#read().offset, this.#size));
  }

  #text(): string {
    const { offset, lines, retries, trouble } = this.#read();
    const { lines: linesPerSecond, bytes: bytesPerSecond } = this.#rates();
    const parts = [
      this.#size ? `${((100 * offset) / this.#size).toFixed(0)} %` : undefined,
      quantity(lines, 'line'),
      rate(linesPerSecond),
      quantity(retries, 'retry', 'retries'),
      this.#size !== undefined && bytesPerSecond > 0
        ? `${duration(Math.ceil((this.#size - offset) / bytesPerSecond))} left`
        : undefined,
      trouble,
    ];
    return parts.filter((part) => part !== undefined).join(', ');
  }

  #sample(): void {
    const { offset, lines } = this.#read();
    this.#samples.push({ at: performance.now(), offset, lines });
    while (this.#samples.length > 2 && performance.now() - (this.#samples[0]?.at ?? 0) > RATE_OVER_MS)
      this.#samples.shift();
  }

  #rates(): { lines: number; bytes: number } {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1000;
    if (!first || !last || seconds <= 0) return { lines: 0, bytes: 0 };
    return { lines: (last.lines - first.lines) / seconds, bytes: (last.offset - first.offset) / seconds };
  }
}

const CLEAR_LINE = '\r\x1b[K';
/** Saves the position of the cursor, which the bar restores at its end. */
const SAVE_CURSOR = '\x1b7';
/** Between two drawings of the bar. */
const BAR_MS = 200;
/** Milliseconds between two lines of output, if the output is not a terminal. */
const LINES_MS = 5000;
/** The time over which rates are measured. */
const RATE_OVER_MS = 15_000;
