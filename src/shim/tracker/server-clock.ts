/**
 * The server's time, whatever the visitor's clock shows. Times within the page are of a clock that nobody sets: they start at what
 * the device believed when the page was opened, and are corrected by an offset as soon as a server has told the time.
 */
export class Clock {
  /** Server time less page time. @type {number | undefined} */
  #offsetMs;
  #driftMs = drift();
  #isSure = false;

  constructor() {
    const stored = Number(read() ?? NaN);
    if (Number.isNaN(stored)) return;
    this.#offsetMs = stored + this.#driftMs;
    this.#isSure = true;
  }

  /** The page's time. */
  now() {
    return performance.timeOrigin + performance.now();
  }

  get offsetMs() {
    return this.#offsetMs;
  }

  /** False before a server has told the time, and after the device has slept or its clock was set: one cannot tell which. */
  get isSure() {
    const now = drift();
    if (Math.abs(now - this.#driftMs) > JUMP_MS) this.#isSure = false;
    this.#driftMs = now;
    return this.#isSure;
  }

  /**
   * The server's time at a time of the page.
   * @param {number} time
   */
  at(time) {
    return time + (this.#offsetMs ?? 0);
  }

  /**
   * The server's time was between `least` and `most` at some time between `sent` and `received`: as little as that allows is
   * changed, so that no rounding moves a right clock.
   * @param {number} least
   * @param {number} most
   * @param {number} sent
   * @param {number} received
   */
  learn(least, most, sent, received) {
    if (!Number.isFinite(least)) return;
    const low = least - received;
    this.set(Math.min(Math.max(this.#offsetMs ?? 0, low), Math.max(most - sent, low)));
  }

  /** @param {number} offsetMs */
  set(offsetMs) {
    this.#offsetMs = offsetMs;
    this.#driftMs = drift();
    this.#isSure = true;
    write(String(Math.round(offsetMs - this.#driftMs)));
  }

  /** Asks the page's own server, by the `Date` of an answer without a body. */
  async ask() {
    const sent = this.now();
    try {
      const { headers } = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store', credentials: 'omit' });
      // A cache on the way may tell when it got the page, and for how long it has had it.
      const stamp = Date.parse(headers.get('date') ?? '') + Number(headers.get('age')) * 1000;
      this.learn(stamp, stamp + 999, sent, this.now());
    } catch {
      // The device's clock it is, until Kinesis tells better.
    }
  }

  /** Asks no more, whether there was an answer or not. */
  settle() {
    this.#isSure = true;
  }

  /** Forgets what is stored of it. */
  erase() {
    write(undefined);
  }
}

/** The device's clock less the page's: another page of this session may start from another time. */
function drift() {
  return Date.now() - performance.timeOrigin - performance.now();
}

function read() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** @param {string | undefined} value */
function write(value) {
  try {
    if (value === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // Forbidden or full: the next page asks again.
  }
}

const KEY = 'kinesis-edge.clock';
const JUMP_MS = 1000;
