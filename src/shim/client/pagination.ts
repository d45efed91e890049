import { checkCount } from '../core/checks.js';
import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { checkSpelling } from '../core/option-names.js';
import type { KinesisClient } from './client.js';

/** What paginators of the AWS SDK take first. */
interface ClientAndPageSize {
  client: KinesisClient;
  pageSize?: number;
}

/** Checks the arguments of a paginator, and returns the first one. */
export function checkPagination<T extends ClientAndPageSize>(pagination: T, input: unknown): T {
  const { client, pageSize } = checkObject(pagination, 'the first argument') as T;
  checkSpelling(pagination, PAGINATION_OPTIONS);
  if (typeof client?.call !== 'function')
    throw KinesisError.invalid(`client must be a KinesisClient, not ${kindOf(client)}`);
  if (pageSize !== undefined) checkCount(pageSize, 'pageSize', { max: PAGE_SIZE_MAX });
  checkObject(input, 'input');
  return pagination;
}

function checkObject(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null) return value;
  throw KinesisError.invalid(`${what} must be an object, not ${kindOf(value)}`);
}

const PAGINATION_OPTIONS = {
  owner: 'a paginator',
  known: ['client', 'pageSize', 'stopAtLatest', 'pauseMs', 'abortSignal'],
  namesElsewhere: { signal: 'abortSignal' },
};
/** Of GetRecords, ListShards and ListStreams alike. */
const PAGE_SIZE_MAX = 10_000;
