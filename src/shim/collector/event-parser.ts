import { Refusal } from './answer.js';

/**
 * @typedef {{ items: { index: number, event: Record<string, unknown> }[], refused: { index: number, reason: string }[] }} Events
 * @typedef {{ eventsMax: number, depthMax: number }} Limits
 */

/**
 * The events of a body: one object, an array of them, or one per line.
 * @param {string} text
 * @param {boolean} isLines
 * @param {Limits} limits
 * @returns {Events}
 */
export function readEvents(text, isLines, limits) {
  const events = sort(valuesOf(text, isLines, limits), limits);
  if (events.items.length > 0) return events;
  throw new Refusal(400, events.refused[0]?.reason ?? 'the body holds no event');
}

/**
 * Nothing stands for what is not JSON.
 * @param {string} text
 * @param {boolean} isLines
 * @param {Limits} limits
 * @returns {unknown[]}
 */
function valuesOf(text, isLines, { eventsMax }) {
  const whole = isLines ? undefined : parse(text);
  if (whole === undefined && !isLines && START_OF_ARRAY.test(text)) throw new Refusal(400, NOT_JSON);
  // One object may be spread over any number of lines.
  const values = Array.isArray(whole) ? whole : whole !== undefined ? [whole] : text.split('\n').filter((line) => line.trim() !== '');
  if (values.length > eventsMax) throw new Refusal(413, `the body holds more than ${eventsMax} events`);
  return whole === undefined ? values.map(parse) : values;
}

/**
 * @param {unknown[]} values
 * @param {Limits} limits
 */
function sort(values, { depthMax }) {
  /** @type {Events} */
  const events = { items: [], refused: [] };
  values.forEach((value, index) => {
    if (isDeep(value, depthMax)) events.refused.push({ index, reason: `it is nested deeper than ${depthMax} levels` });
    else if (isObject(value)) events.items.push({ index, event: value });
    else events.refused.push({ index, reason: value === undefined ? NOT_JSON : 'it is not an object' });
  });
  return events;
}

/**
 * Whether more than so many objects and arrays are in each other.
 * @param {any} value
 * @param {number} levels
 * @returns {boolean}
 */
function isDeep(value, levels) {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeep(inner, levels - 1));
  for (const name in value) if (isDeep(value[name], levels - 1)) return true;
  return false;
}

/** @param {string} text */
function parse(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const START_OF_ARRAY = /^\s*\[/;
const NOT_JSON = 'it is not JSON';
