import type { LazyEvent } from './pending-event.js';

/**
 * Tracks the metrics of the package `web-vitals`. Rejects where that cannot be loaded.
 * @param load imports the package; `true` imports it by the page's import map
 */
export async function watchWebVitals(
  load: true | (() => Promise<unknown>),
  track: (event: LazyEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const vitals = (await (typeof load === 'function'
    ? load()
    : import(/* webpackIgnore: true */ /* @vite-ignore */ PACKAGE.name))) as WebVitals;
  for (const metric of ['CLS', 'FCP', 'INP', 'LCP', 'TTFB'] as const) {
    vitals[`on${metric}`]?.(({ name, value, rating, id, navigationType }) => {
      if (!signal.aborted) track(() => ['web_vital', { metric: name, value, rating, id, navigationType }]);
    });
  }
}

/** As far as it is used of `web-vitals`. */
type WebVitals = Partial<Record<`on${MetricName}`, (listener: (metric: Metric) => void) => void>>;

type MetricName = 'CLS' | 'FCP' | 'INP' | 'LCP' | 'TTFB';

interface Metric {
  name: string;
  value: number;
  rating: string;
  id: string;
  navigationType: string;
}

/** A member of an object, because bundlers would resolve a literal, and most applications lack the package. */
const PACKAGE = { name: 'web-vitals' };
