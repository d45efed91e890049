import { setImmediate, setTimeout } from 'node:timers/promises';
import { type KinesisError, Producer, type ProducerOptions } from 'kinesis-edge';
import { CommandFailure, messageOf } from '../failure.js';
import { keepAdvice } from '../remedy.js';
import { Acknowledgements } from './acknowledgements.js';
import { type Block, InputChanged, LineReader } from './line-reader.js';
import type { Snapshot } from './progress.js';
import type { RateLimit } from './rate-limit.js';
import { type RecordSettings, recordOf } from './record.js';
import type { SavedState, StateFile } from './state-file.js';

export interface SenderOptions {
  producer: ProducerOptions;
  records: RecordSettings;
  rate: RateLimit;
  badLines: 'stop' | 'skip';
  giveUpAfterMs: number;
  /** Absent, nothing is kept for a later run. */
  state: StateFile | undefined;
  /** The state of the run that was interrupted. */
  saved: SavedState | undefined;
  /** Prints a line about something that was noticed. */
  say: (line: string) => void;
}

/** Why a run has ended before the end of its input. */
export interface Stop {
  reason: string;
  /** The message of the error behind it. */
  cause?: string;
  signal?: NodeJS.Signals;
  /** Milliseconds that are left for the requests on their way. */
  settleMs?: number;
}

/** Sends the lines of an input, and keeps how much of it is acknowledged. */
export class Sender {
  readonly acknowledgements: Acknowledgements;
  stop: Stop | undefined;
  readonly #options: SenderOptions;
  readonly #producer: Producer;
  readonly #aborted = new AbortController();
  #savedOffset = -1;
  #skippedSaid = 0;
  /** Whether the input was read to its end. */
  #isRead = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { saved, records, giveUpAfterMs } = options;
    this.acknowledgements = new Acknowledgements(saved, saved?.skipped ?? 0);
    this.#producer = new Producer({
      ...options.producer,
      recordBytesMax: records.recordBytesMax,
      // A block and the largest record fit at any time.
      bufferBytesMax: Math.max(BUFFER_BYTES_MIN, 2 * records.recordBytesMax),
      bufferRecordsMax: BUFFER_RECORDS_MAX,
      // A lost network is waited for: what ends that is `giveUpAfterMs`, with the rest of the file still to send.
      recordAttemptsMax: 1_000_000,
      recordTtlMs: TIMER_MS_MAX,
      logger: options.producer.logger ?? this.#logger(),
    });
    this.#watch(giveUpAfterMs);
  }

  #logger(): NonNullable<ProducerOptions['logger']> {
    const say = seldom(this.#options.say);
    const end = `it ends after ${this.#options.giveUpAfterMs / 1000} s without an acknowledgement (--give-up-after)`;
    const warn = (line: string) => {
      keepAdvice(line);
      say(/ waiting; the last: /.test(line) ? `${line}; ${end}` : line);
    };
    return { warn, error: keepAdvice };
  }

  /** Aborted when no more is to be read. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  get stats() {
    return this.#producer.stats;
  }

  get snapshot(): Snapshot {
    const { position } = this.acknowledgements;
    const { recordsRetried, failuresInARow, lastError } = this.stats;
    const { code, name } = lastError ?? {};
    const trouble = failuresInARow > 0 ? `trying again after ${name === 'KinesisError' ? code : name}` : undefined;
    return { offset: position?.offset ?? 0, lines: position?.lines ?? 0, retries: recordsRetried, trouble };
  }

  /** Whether every line was acknowledged, or skipped. */
  get isComplete(): boolean {
    return this.#isRead && !this.stop && this.acknowledgements.isComplete;
  }

  /** Ends the run soon: nothing more is read, and what is on its way has a few seconds to be acknowledged. */
  abort(stop: Stop): void {
    this.stop ??= stop;
    this.#aborted.abort();
  }

  /** Sends all of the input, or as much as can be sent. Rejects where the input cannot be read. */
  async run(chunks: AsyncIterable<Buffer>): Promise<void> {
    await this.#save();
    const saves = setInterval(() => void this.#save(), SAVE_EVERY_MS);
    try {
      await this.#putAll(chunks);
      await this.#settle();
    } finally {
      clearInterval(saves);
      await this.#saveLast();
    }
  }

  async #putAll(chunks: AsyncIterable<Buffer>): Promise<void> {
    const { records, rate, saved } = this.#options;
    const readerOptions = {
      lineBytesMax: records.recordBytesMax + MARKS_BYTES,
      blockLinesMax: rate.blockLinesMax,
      recordOf: (bytes: Buffer) => recordOf(bytes, records),
    };
    try {
      for await (const block of new LineReader(readerOptions, saved).blocks(chunks)) {
        if (block.bad && !this.#maySkip(block.bad)) return;
        await this.#put(block);
      }
      this.#isRead = true;
    } catch (error) {
      if (error instanceof InputChanged) throw this.#inputChanged();
      if (!this.signal.aborted) throw error;
    }
  }

  async #put(block: Block): Promise<void> {
    await this.#options.rate.take(block.records.length, this.signal);
    await this.#room(block);
    const acknowledge = this.acknowledgements.open(block);
    for (const { data, partitionKey } of block.records)
      this.#producer.put(data, { partitionKey }).then(acknowledge, (error) => this.#fail(error));
  }

  /** Resolves when the producer takes all of a block. */
  async #room({ records, bytes }: Block): Promise<void> {
    this.signal.throwIfAborted();
    // `ready` would resolve as soon as there is room for one record.
    while (!this.#producer.hasRoomFor(records.length, bytes))
      await setTimeout(ROOM_POLL_MS, undefined, { signal: this.signal });
  }

  #maySkip({ line, reason }: { line: number; reason: string }): boolean {
    const isSkipped = this.#options.badLines === 'skip';
    if (isSkipped) this.#saySkipped(`line ${line} is skipped: ${reason}`);
    else this.stop = { reason: `line ${line}: ${reason}: correct the line, or give --bad-lines skip` };
    return isSkipped;
  }

  /** Reports the first lines that are skipped. In a file of another format all lines are, and all would be reported. */
  #saySkipped(line: string): void {
    this.#skippedSaid += 1;
    if (this.#skippedSaid <= SKIPPED_SAID_MAX) this.#options.say(line);
    if (this.#skippedSaid === SKIPPED_SAID_MAX) this.#options.say('further lines are skipped without a word');
  }

  #fail(error: KinesisError): void {
    this.abort({ reason: messageOf(error), cause: error.message });
  }

  /** Waits until all that was put is acknowledged; after an abort only for a few seconds. */
  async #settle(): Promise<void> {
    const settled = this.#producer.flush();
    await Promise.race([settled, rejection(this.signal).catch(() => setTimeout(this.stop?.settleMs ?? SETTLE_MS))]);
    // The promises of the last records have settled, and what is chained to them runs now.
    await setImmediate();
    if (!this.acknowledgements.isComplete) this.stop ??= { reason: 'not all lines were acknowledged' };
  }

  /** Ends the run where nothing is acknowledged for too long. */
  #watch(giveUpAfterMs: number): void {
    const watch = setIntervalUnref(() => {
      const { isComplete, waitingSince } = this.acknowledgements;
      if (isComplete || performance.now() - waitingSince < giveUpAfterMs) return;
      const { lastError } = this.stats;
      const cause = lastError ? `: ${lastError.message}` : '';
      const reason = `nothing was acknowledged for ${giveUpAfterMs / 1000} s (--give-up-after)${cause}`;
      this.abort({ reason, cause: lastError?.message, settleMs: 0 });
      clearInterval(watch);
    }, WATCH_EVERY_MS);
  }

  async #save(): Promise<void> {
    const { state } = this.#options;
    const { position = BEGINNING, skipped } = this.acknowledgements;
    if (!state || position.offset === this.#savedOffset) return;
    this.#savedOffset = position.offset;
    const { offset, lines, sha256 } = position;
    try {
      await state.save({ offset, lines, sha256, skipped });
    } catch (error) {
      this.abort({ reason: (error as Error).message });
    }
  }

  /** Saves the state, or removes its file: a complete run, or one without an acknowledged line, needs no resuming. */
  async #saveLast(): Promise<void> {
    const hasBegun = (this.acknowledgements.position?.offset ?? 0) > 0;
    if (this.isComplete || !hasBegun) await this.#options.state?.remove();
    else await this.#save();
  }

  #inputChanged(): CommandFailure {
    const offset = this.#options.saved?.offset;
    return new CommandFailure(
      'other',
      `the input has changed before byte ${offset}, up to which it was sent by an earlier run (${this.#options.state?.path}): ` +
        'restore the input, or give --restart to send all of it',
    );
  }
}

/** Leaves out lines that come within a few seconds after another: a stream that throttles would fill the terminal. */
function seldom(say: (line: string) => void): (line: string) => void {
  let saidAt = -Infinity;
  return (line) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    say(line);
  };
}

/** Rejects when the signal is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function setIntervalUnref(action: () => void, everyMs: number): NodeJS.Timeout {
  return setInterval(action, everyMs).unref();
}

/** The state before anything is acknowledged: SHA-256 of nothing. */
const BEGINNING = { offset: 0, lines: 0, sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' };
const MIB = 1024 * 1024;
const BUFFER_BYTES_MIN = 8 * MIB;
/** Enough for 40 full requests; each takes half a kilobyte beside its data. */
const BUFFER_RECORDS_MAX = 20_000;
/** The longest time that a timer of the host can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Of a line, beside its record: the mark of UTF-8, and CR. */
const MARKS_BYTES = 4;
const SKIPPED_SAID_MAX = 20;
const SAVE_EVERY_MS = 500;
const SAY_EVERY_MS = 5000;
const WATCH_EVERY_MS = 500;
const ROOM_POLL_MS = 5;
/** What an interrupted run waits for requests that are on their way. */
const SETTLE_MS = 5000;
