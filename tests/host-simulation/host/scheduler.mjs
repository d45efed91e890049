// Virtual time. What is to happen waits in a queue, and the clock goes from one to the next.

/** An invariant that does not hold. Everything else that is thrown is a fault of the simulation itself. */
export class Violation extends Error {}

export class Scheduler {
  /** Milliseconds since 1970, true time: the devices' clocks may say something else. */
  now = START_MS;
  #queue = [];
  #count = 0;
  #busySecond = { second: 0, events: 0 };

  get elapsedMs() {
    return this.now - START_MS;
  }

  /** Runs `work` in so many milliseconds. Returns what calls it off. */
  after(ms, work) {
    const event = { at: this.now + Math.max(ms, EVENT_MS_MIN), order: (this.#count += 1), work };
    push(this.#queue, event);
    return () => (event.work = undefined);
  }

  /** Runs what is due until then, or until nothing is left. */
  runUntil(at, isDone = () => false) {
    while (this.#queue.length > 0 && this.#queue[0].at <= at && !isDone()) {
      const event = pop(this.#queue);
      if (!event.work) continue;
      this.now = Math.max(this.now, event.at);
      this.#checkPace();
      event.work();
    }
    if (!isDone() && this.now < at && at !== Infinity) this.now = at;
  }

  /** Work that keeps the host busy without an end is a fault, and takes the simulation no further. */
  #checkPace() {
    const second = Math.floor(this.elapsedMs / 1000);
    if (this.#busySecond.second !== second) this.#busySecond = { second, events: 0 };
    this.#busySecond.events += 1;
    if (this.#busySecond.events > EVENTS_PER_SECOND_MAX) throw new Violation(`spinning: ${EVENTS_PER_SECOND_MAX} tasks within one second`);
  }
}

function isBefore(one, other) {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap, event) {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    [heap[at], heap[parent]] = [heap[parent], heap[at]];
    at = parent;
  }
}

function pop(heap) {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0) return first;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = 2 * at + 1;
    let least = at;
    if (left < heap.length && isBefore(heap[left], heap[least])) least = left;
    if (left + 1 < heap.length && isBefore(heap[left + 1], heap[least])) least = left + 1;
    if (least === at) return first;
    [heap[at], heap[least]] = [heap[least], heap[at]];
    at = least;
  }
}

const START_MS = Date.UTC(2026, 0, 15, 12);
/** Every task takes some time. */
const EVENT_MS_MIN = 0.01;
const EVENTS_PER_SECOND_MAX = 20_000;
