import { InvalidArgumentError } from 'commander';

/** Faults by chance. Each number but `delayMs` is a share of the requests, from 0 to 1. */
export interface Faults {
  /** The whole request is refused with ProvisionedThroughputExceededException. */
  throttle: number;
  /** The share of the records of PutRecords requests that are refused, while the other records are stored. */
  record: number;
  /** The service answers with InternalFailure, HTTP 500. */
  error: number;
  /** The records are stored, and the connection closes without a response. */
  responseLost: number;
  /** The connection closes, and nothing is stored. */
  offline: number;
  /** Milliseconds that each request waits before it is stored. */
  delayMs: number;
}

export const NO_FAULTS: Faults = {
  throttle: 0,
  record: 0,
  error: 0,
  responseLost: 0,
  offline: 0,
  delayMs: 0,
};

/** Reads one `--fault`, such as `throttle=0.1`, into those before it. */
export function readFault(text: string, before: Faults = NO_FAULTS): Faults {
  const [, name = '', amount = ''] = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const member = MEMBERS.get(name);
  const most = member === 'delayMs' ? DELAY_MS_MAX : 1;
  if (member && Number(amount) <= most) return { ...before, [member]: Number(amount) };
  throw new InvalidArgumentError(
    `It must be throttle, record, error, lost or offline with a share from 0 to 1, such as throttle=0.1, or delay with milliseconds up to ${DELAY_MS_MAX}.`,
  );
}

/** The faults in words. */
export function describeFaults(faults: Faults): string {
  const active = [...MEMBERS].filter(([, member]) => faults[member] > 0);
  return active.length === 0 ? 'none' : active.map(([name, member]) => `${name}=${faults[member]}`).join(' ');
}

/** The members of `Faults` by the names that `--fault` has for them. */
const MEMBERS = new Map<string, keyof Faults>([
  ['throttle', 'throttle'],
  ['record', 'record'],
  ['error', 'error'],
  ['lost', 'responseLost'],
  ['offline', 'offline'],
  ['delay', 'delayMs'],
]);

const DELAY_MS_MAX = 60_000;
