import { parseUrl } from '../core/checks.js';
import { KinesisError } from '../core/error.js';
import type { PageContext } from './context.js';
import type { Moment } from './types.js';

/**
 * Reads when and where an event happened that is tracked later. Without a title in the moment it is the page's title.
 */
export function readMoment({ at, url, title }: Moment, page: PageContext): { at: number; page: PageContext } {
  const time = performance.timeOrigin + at;
  // `at` may be any value: a comparison with `NaN` is false.
  if (!(typeof at === 'number' && time >= 0 && time <= TIME_MS_MAX))
    throw KinesisError.invalid('moment.at must be a time of performance.now()');
  if (!parseUrl(url)) throw KinesisError.invalid('moment.url must be an absolute URL');
  const isTitled = typeof title === 'string';
  return { at: time, page: { ...page, url, title: isTitled ? title : page.title } };
}

/** The end of the year 9998: with the offset of a clock it has a year of four digits still. */
const TIME_MS_MAX = 253_370_764_799_999;
