import type { Position } from './line-reader.js';
import { count, duration } from './progress.js';
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
  const rate = `${count(delivered / seconds)} lines/s`;
  const counts = `${count(requests)} requests, ${count(retried)} retries, ${count(skipped)} lines skipped`;
  process.stdout.write(
    `sent ${count(delivered)} lines of ${input} to ${stream} in ${duration(seconds)}, ${rate} (${counts})\n`,
  );
}
