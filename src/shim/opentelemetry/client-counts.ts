import type { KinesisEvent } from '../core/observer.js';
import type { TargetStats } from './stats-metrics.js';

/** Counts of a client from its events, under the names of a producer's `stats`: a client keeps none itself. */
export class ClientCounts {
  readonly stats = {
    requests: 0,
    requestsFailed: 0,
    bytesSent: 0,
    recordsRetried: 0,
    recordsThrottled: 0,
    credentialsFailures: 0,
  } satisfies TargetStats;

  add(event: KinesisEvent): void {
    const { stats } = this;
    if (event.type === 'sent') {
      stats.requests += 1;
      stats.bytesSent += event.bytes;
    } else if (event.type === 'answered') stats.requestsFailed += isGood(event.status) ? 0 : 1;
    else if (event.type === 'retry') stats.recordsRetried += event.records;
    else if (event.type === 'throttled') stats.recordsThrottled += event.records;
    else if (event.type === 'credentials') stats.credentialsFailures += event.state === 'failed' ? 1 : 0;
  }
}

/** Whether the status of a response means success. */
export function isGood(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
