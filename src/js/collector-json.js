import { Refusal } from './collector-answer.js';

/**
 * @typedef {{ items: { index: number, event: Record<string, unknown> }[], refused: { index: number, reason: string }[] }} Events
 * @typedef {{ eventsMax: number, depthMax: number }} Limits
 */

/**
 * The events of a body: one object, an array of them, or one per line. What is nested too deeply is found before it is parsed,
 * because parsing is where deep nesting costs.
 * @param {string} text
 * @param {boolean} isLines
 * @param {Limits} limits
 * @returns {Events}
 */
export function readEvents(text, isLines, limits) {
  const events = !isLines && START_OF_ARRAY.test(text) ? readArray(text, limits) : readObjects(text, isLines, limits);
  if (events.items.length > 0) return events;
  throw new Refusal(400, events.refused[0]?.reason ?? 'the body holds no event');
}

/**
 * @param {string} text
 * @param {Limits} limits
 */
function readArray(text, limits) {
  const { count, deep } = outline(text, 1, limits.depthMax);
  if (count > limits.eventsMax) throw tooMany(limits);
  const values = parse(without(text, deep));
  if (values === undefined) throw new Refusal(400, NOT_JSON);
  const tooDeep = new Set(deep.map(({ index }) => index));
  return sort(/** @type {unknown[]} */ (values), (index) => (tooDeep.has(index) ? nested(limits) : NO_OBJECT));
}

/**
 * One object, over any number of lines; else one on each line.
 * @param {string} text
 * @param {boolean} isLines
 * @param {Limits} limits
 */
function readObjects(text, isLines, limits) {
  const isDeep = outline(text, 0, limits.depthMax).deep.length > 0;
  const whole = isLines || isDeep ? undefined : parse(text);
  if (whole !== undefined) return sort([whole], () => NO_OBJECT);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > limits.eventsMax) throw tooMany(limits);
  const tooDeep = lines.map((line) => isDeep && outline(line, 0, limits.depthMax).deep.length > 0);
  const values = lines.map((line, index) => (tooDeep[index] ? undefined : parse(line)));
  return sort(values, (index) => (tooDeep[index] ? nested(limits) : values[index] === undefined ? NOT_JSON : NO_OBJECT));
}

/**
 * @param {unknown[]} values
 * @param {(index: number) => string} reasonFor
 * @returns {Events}
 */
function sort(values, reasonFor) {
  /** @type {Events} */
  const events = { items: [], refused: [] };
  values.forEach((value, index) => {
    if (isObject(value)) events.items.push({ index, event: value });
    else events.refused.push({ index, reason: reasonFor(index) });
  });
  return events;
}

/**
 * One pass over a text that may be anything: how many elements its array has, and which of them are nested too deeply. What is
 * wrong in it is the parser's to say.
 * @param {string} text
 * @param {0 | 1} base the depth at which events lie
 * @param {number} depthMax of an event
 */
function outline(text, base, depthMax) {
  /** @type {{ index: number, start: number, end: number }[]} */
  const deep = [];
  let depth = 0;
  let count = 0;
  let start = text.indexOf('[') + 1;
  let isDeep = false;
  const end = (/** @type {number} */ at) => {
    if (isDeep) deep.push({ index: count, start, end: at });
    isDeep = false;
    count += 1;
    start = at + 1;
  };
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > base + depthMax) isDeep = true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth === base) end(at);
        depth -= 1;
        break;
      case 0x2c: // ,
        if (depth === base) end(at);
    }
  }
  if (isDeep) end(text.length);
  return { count, deep };
}

/**
 * @param {string} text
 * @param {number} start its opening quote
 */
function endOfString(text, start) {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === 0x5c) before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

/**
 * The text with nulls in those places.
 * @param {string} text
 * @param {{ start: number, end: number }[]} places
 */
function without(text, places) {
  let kept = '';
  let at = 0;
  for (const { start, end } of places) {
    kept += `${text.slice(at, start)}null`;
    at = end;
  }
  return kept + text.slice(at);
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

/** @param {Limits} limits */
function tooMany({ eventsMax }) {
  return new Refusal(413, `the body holds more than ${eventsMax} events`);
}

/** @param {Limits} limits */
function nested({ depthMax }) {
  return `it is nested deeper than ${depthMax} levels`;
}

const START_OF_ARRAY = /^\s*\[/;
const NOT_JSON = 'it is not JSON';
const NO_OBJECT = 'it is not an object';
