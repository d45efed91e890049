import type { Position } from './line-reader.js';
import { duration, quantity, rate } from './quantities.js';
import type { Sender } from './sender.js';

interface Facts {
  input: string;
  stream: string;
  format: 'text' | 'json';
  /** Where this run has begun. */
  from: Position | undefined;
}

/** Prints what was sent in this run to the standard output. */
export function printSummary(sender: Sender, { input, stream, format, from }: Facts): void {
  const { acknowledgements, stats, isComplete } = sender;
  const { delivered, position, skipped } = acknowledgements;
  const seconds = performance.now() / 1000;
  const { requests, recordsRetried: retried, recordsThrottled: throttled, bytesSent } = stats;
  if (format === 'json') {
    const places = { fromLine: from?.lines ?? 0, toLine: position?.lines ?? 0, toByte: position?.offset ?? 0 };
    const counts = { delivered, skipped, retried, throttled, requests, bytesSent };
    process.stdout.write(
      `${JSON.stringify({ complete: isComplete, input, stream, ...counts, ...places, seconds: Number(seconds.toFixed(3)) })}\n`,
    );
    return;
  }
  const counts = [
    quantity(requests, 'request'),
    quantity(retried, 'retry', 'retries'),
    `${quantity(skipped, 'line')} skipped`,
  ].join(', ');
  const what = `sent ${quantity(delivered, 'line')} of ${input} to ${stream}`;
  process.stdout.write(`${what} in ${duration(seconds)}, ${rate(delivered / seconds)} (${counts})\n`);
}
