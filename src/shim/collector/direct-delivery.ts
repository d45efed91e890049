import type { KinesisError } from '../core/error.js';
import { Producer } from '../producer/producer.js';
import type { AcceptedEvent } from './accepted-event.js';
import { hasRoomFor } from './capacity.js';
import type { Delivery } from './delivery.js';
import type { CollectorSettings } from './options.js';
import { serviceUnavailable } from './refusal.js';
import type { CollectorContext } from './types.js';

/** How many of a request's events have failed, and with which code the last one. */
interface Outcome {
  count: number;
  failed: number;
  code: string | undefined;
}

/**
 * Sends events to Kinesis after the response. Until then they wait in the isolate's memory, in one producer for all
 * requests.
 */
export class DirectDelivery implements Delivery {
  readonly #producer: Producer;
  readonly #options: CollectorSettings['producer'];

  constructor({ producer }: CollectorSettings) {
    this.#options = producer;
    // A response 202 stands for each event: what an operator has to mend does not lose it.
    this.#producer = new Producer({ ...producer, holdsOperatorErrors: true });
  }

  isFull(): boolean {
    const { bytesBuffered, recordsBuffered } = this.#producer.stats;
    return bytesBuffered >= this.#options.bufferBytesMax || recordsBuffered >= this.#options.bufferRecordsMax;
  }

  deliver(events: AcceptedEvent[], ctx: CollectorContext | undefined): void {
    if (!hasRoomFor(this.#producer, events)) throw serviceUnavailable('the buffer is full');
    const { settled, settle } = countdown(events.length);
    const outcome = this.#producer.attend(() => {
      this.#producer.putAll(events, settle);
      return settled;
    });
    ctx?.waitUntil(this.#logFailures(outcome));
  }

  /** Holds no reference to the events while it waits: the core has copies of them. */
  async #logFailures(outcome: Promise<Outcome>): Promise<void> {
    const { count, failed, code } = await outcome;
    if (failed === 0 || this.#options.onError) return;
    console.error(`kinesis-edge/collector: ${failed} of ${count} events were not delivered: ${code}`);
  }
}

/** A promise that resolves when `settle` has been called `count` times. */
function countdown(count: number): { settled: Promise<Outcome>; settle: (error: KinesisError | undefined) => void } {
  let pending = count;
  let failed = 0;
  let code: string | undefined;
  let resolve!: (outcome: Outcome) => void;
  const settled = new Promise<Outcome>((resolveSettled) => (resolve = resolveSettled));
  const settle = (error: KinesisError | undefined) => {
    if (error) [failed, code] = [failed + 1, error.code];
    pending -= 1;
    if (pending === 0) resolve({ count, failed, code });
  };
  return { settled, settle };
}
