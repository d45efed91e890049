import { parseUrl } from '../core/checks.js';
import { KinesisError } from '../core/error.js';
import type { PageContext } from './context.js';
import type { Moment } from './types.js';

/** When and where an event happened that is tracked later. The title is the page's where the moment has none. */
export function readMoment({ at, url, title }: Moment, page: PageContext): { at: number; page: PageContext } {
  if (!Number.isFinite(at)) throw KinesisError.invalid('moment.at must be a time of performance.now()');
  if (!parseUrl(url)) throw KinesisError.invalid('moment.url must be an absolute URL');
  const isTitled = typeof title === 'string';
  return { at: performance.timeOrigin + at, page: { ...page, url, title: isTitled ? title : page.title } };
}
