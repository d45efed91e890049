import { type Observer, type ObserverOwner, type OnEvent, observing } from './observer.js';

export type { OnEvent };

/**
 * `target[observe](onEvent)` lets a function listen to a client or producer that is made already. The symbol is
 * registered globally, because a program may load the target and what observes it from different bundles.
 */
export const observe = Symbol.for('kinesis-edge.observe');

/** What is known of a client or producer that is observed. */
export interface TargetFacts {
  region: string;
  /** None where it is AWS's own. */
  endpoint?: string | undefined;
  requestTimeoutMs: number;
  /** Those of a producer. */
  streamName?: string | undefined;
  streamARN?: string | undefined;
}

export interface Observation extends TargetFacts {
  /** It leads to the user's `onEvent`, and with that to whatever this function has in its scope. */
  observer: Observer;
}

export function observationOf(
  clientOptions: ObserverOwner & TargetFacts,
  onEvent: OnEvent,
  stream?: Pick<TargetFacts, 'streamName' | 'streamARN'>,
): Observation {
  const { region, endpoint, requestTimeoutMs } = clientOptions;
  const observer = observing(clientOptions, onEvent);
  return { region, endpoint, requestTimeoutMs, ...stream, observer };
}
