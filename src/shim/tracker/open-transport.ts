import { CollectorTransport } from './collector-transport.js';
import type { Options } from './options.js';
import { ProducerTransport } from './producer-transport.js';
import type { Reporter } from './reporter.js';
import type { ServerClock } from './server-clock.js';
import type { Transport } from './transport.js';

/** Opens the transport that the options name. */
export function openTransport(
  { producer, collectorUrl, persist }: Options,
  clock: ServerClock,
  reporter: Reporter,
): Transport {
  if (producer) return new ProducerTransport(producer, { persist, reporter }, clock);
  // The options have one of the two.
  return new CollectorTransport(collectorUrl as URL, { persist, reporter }, clock);
}
