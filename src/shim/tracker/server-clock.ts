import { inTime } from '../core/in-time.js';
import { SleepDetector, deviceClockAheadMs, now } from '../core/time.js';
import { readStored, writeStored } from './storage.js';

/**
 * The server's time, independent of the device's clock. Times within a page come from the page's clock, which cannot be
 * set: it starts with the device's time when the page is opened. An offset corrects it as soon as a server has sent its
 * time. The page's clock may stand still while the device sleeps. After a sleep the time that the device's clock has
 * advanced more than the page's is added to the offset. Events from before the sleep keep the offset without it.
 */
export class ServerClock {
  /** Server time minus page time. */
  #offsetMs: number | undefined;
  readonly #sleepDetector = new SleepDetector();
  /** When the device has slept, by the page's clock, and for how long. */
  #sleeps: { at: number; ms: number }[] = [];
  #isSynced = false;
  /** Whether the offset may be stored: not without consent. */
  #mayStore: boolean;

  constructor(mayStore: boolean) {
    this.#mayStore = mayStore;
    const stored = readStored('sessionStorage', KEY);
    this.now();
    // Another script may have written something else.
    if (typeof stored !== 'number' || Math.abs(stored) > OFFSET_MS_MAX) return;
    this.#offsetMs = stored + deviceClockAheadMs();
    this.#isSynced = true;
  }

  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  get #lastSleep(): { at: number; ms: number } | undefined {
    return this.#sleeps[this.#sleeps.length - 1];
  }

  /**
   * False until a server has sent its time, and after the device has slept or its clock was set: the two look the same.
   */
  get isSynced(): boolean {
    this.now();
    return this.#isSynced;
  }

  /** The page's time. Notices that the device has slept, or that its clock was set. */
  now(): number {
    // An event before the sleep and the event that ends it have different times, by a millisecond at least.
    const time = now();
    const at = Math.max(time, (this.#lastSleep?.at ?? 0) + 1);
    const ms = this.#sleepDetector.takeSleptMs(time);
    if (ms !== 0) this.#isSynced = false;
    if (ms > 0) {
      this.#sleeps.push({ at, ms });
      this.#offsetMs = (this.#offsetMs ?? 0) + ms;
      return at + 1;
    }
    return at;
  }

  /**
   * The server's time in milliseconds.
   * @param time the page's time, as `now` returns it
   * @param offsetMs in place of this page's offset
   */
  at(time = this.now(), offsetMs?: number | null): number {
    if (typeof offsetMs === 'number') return time + offsetMs;
    let ms = this.#offsetMs ?? 0;
    for (const sleep of this.#sleeps) if (sleep.at >= time) ms -= sleep.ms;
    return time + ms;
  }

  /** The server's time in ISO 8601: parameters as for `at`. */
  iso(time: number, offsetMs?: number | null): string {
    return new Date(this.at(time, offsetMs)).toISOString();
  }

  /**
   * Adjusts the offset: the server's time was between `least` and `most` at a moment between `sent` and `received`. The
   * offset changes as little as that allows, so that rounding never changes a right offset.
   */
  adjust(least: number, most: number, sent: number, received: number): void {
    const low = least - received;
    // This is also true if `least` is NaN.
    if (!(Math.abs(low) <= OFFSET_MS_MAX)) return;
    this.set(Math.min(Math.max(this.#offsetMs ?? 0, low), Math.max(most - sent, low)));
  }

  set(offsetMs: number): void {
    const sleptMs = this.#lastSleep?.ms ?? 0;
    const changeMs = offsetMs - (this.#offsetMs ?? 0);
    // The device's clock was set: the jump was no sleep.
    if (Math.abs(changeMs + sleptMs) < Math.abs(changeMs)) this.#sleeps.pop();
    this.#offsetMs = offsetMs;
    this.#isSynced = true;
    if (this.#mayStore) writeStored('sessionStorage', KEY, Math.round(offsetMs - deviceClockAheadMs()));
  }

  /** From now on the offset is stored. */
  allow(): void {
    this.#mayStore = true;
  }

  /** Asks the page's own server for the time. Waits 1 s at most; without a response the offset stays as it is. */
  async sync(): Promise<void> {
    await inTime(this.#ask(), ASK_MS, () => {});
    this.#isSynced = true;
  }

  /** Deletes the stored offset, and stores none until `allow`. */
  erase(): void {
    this.#mayStore = false;
    writeStored('sessionStorage', KEY, undefined);
  }

  /** Reads the `Date` header of a response without a body. */
  async #ask(): Promise<void> {
    const sent = now();
    const url = pageUrl();
    if (!url) return;
    try {
      const { headers } = await fetch(url, { method: 'HEAD', cache: 'no-store', credentials: 'omit' });
      // A cache sends the date of the response that it stores, and the age of that in seconds.
      const dateMs = Date.parse(headers.get('date') as string) + Number(headers.get('age')) * 1000;
      this.adjust(dateMs, dateMs + 999, sent, now());
    } catch {
      // The device's clock counts until a response from Kinesis has the time.
    }
  }
}

/**
 * The address of the page, or of the site of a page that has none of its own, such as one of `srcdoc`; `undefined`
 * where it comes from no server. Absolute: a path would be resolved against a `<base>`, which may name another host. A
 * path that begins with two slashes would name one too.
 */
function pageUrl(): string | undefined {
  if (/^http/.test(location.protocol)) return location.origin + location.pathname;
  return /^http/.test(globalThis.origin) ? `${globalThis.origin}/` : undefined;
}

const KEY = 'kinesis-edge.clock';
/** A hundred years: a larger offset is no difference of clocks. */
const OFFSET_MS_MAX = 100 * 365 * 86_400_000;
/** Longest time that events wait for the server's time. */
const ASK_MS = 1000;
