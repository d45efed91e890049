import type { JsonObject } from './json.js';

/** Whether objects and arrays are nested in more levels. The value itself is the first. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeeperThan(levels - 1, inner));
  for (const name in value) if (isDeeperThan(levels - 1, (value as JsonObject)[name])) return true;
  return false;
}
