import type { AcceptedEvent } from './accepted-event.js';
import type { CollectorContext } from './types.js';

/** Delivers accepted events to the stream: directly, or through a queue. */
export interface Delivery {
  /** Whether it accepts no further event now. */
  isFull(): boolean;
  /** Updates the state that `/health` reports. */
  updateHealth(): void;
  /**
   * Accepts all of these events or throws a `Refusal`. The response waits for the promise, if there is one.
   * @param ctx keeps the request alive until the events are delivered, even when the client disconnects
   */
  deliver(events: AcceptedEvent[], ctx: CollectorContext | undefined): Promise<void> | void;
}
