import { InvalidArgumentError } from 'commander';

/** Where reading begins: the parameters of GetShardIterator. */
export type StartPosition =
  | { ShardIteratorType: 'LATEST' }
  | { ShardIteratorType: 'TRIM_HORIZON' }
  | { ShardIteratorType: 'AT_TIMESTAMP'; Timestamp: Date }
  | { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER'; StartingSequenceNumber: string };

/** The value of `--from`. */
export function startPosition(text: string): StartPosition {
  if (text === 'latest') return { ShardIteratorType: 'LATEST' };
  if (text === 'trim-horizon') return { ShardIteratorType: 'TRIM_HORIZON' };
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const at = amount === undefined ? timeOf(text) : Date.now() - Number(amount) * (UNITS_MS[unit] ?? 0);
  if (Number.isNaN(at) || at > Date.now())
    throw new InvalidArgumentError(
      'It must be latest, trim-horizon, a time of the past such as 2026-01-31T12:00:00Z, or an age such as 15m, 2h or 1d.',
    );
  return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(at) };
}

/** `NaN` for a number alone, which `Date.parse` reads as a year or a month. */
function timeOf(text: string): number {
  return /^\d{4}-\d\d/.test(text) ? Date.parse(text) : NaN;
}

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
