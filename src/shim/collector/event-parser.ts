import { parseJson } from '../core/json.js';
import { type JsonObject, isObject } from './json.js';
import { isDeeperThan } from './nesting.js';
import type { CollectorSettings } from './options.js';
import { Refusal } from './refusal.js';
import type { RefusedEvent } from './types.js';

export interface ParsedEvent {
  /** The position of the event in the body, from 0. */
  index: number;
  event: JsonObject;
}

export interface ParsedEvents {
  events: ParsedEvent[];
  refused: RefusedEvent[];
}

type Limits = Pick<CollectorSettings, 'eventsMax' | 'depthMax'>;

/**
 * Parses the events of a body: one object, an array of objects, or one object per line. Throws a `Refusal` where there
 * is none.
 * @param isLines whether the content type says that the text is JSON Lines
 */
export function parseEvents(text: string, isLines: boolean, limits: Limits): ParsedEvents {
  const parsed = separate(parseValues(text, isLines, limits), limits);
  if (parsed.events.length > 0) return parsed;
  throw new Refusal(400, parsed.refused[0]?.reason ?? 'the body holds no event');
}

/** The values of a body, with `undefined` in place of each line that is not JSON. */
function parseValues(text: string, isLines: boolean, { eventsMax }: Limits): unknown[] {
  // One object may extend over any number of lines.
  const whole = isLines ? undefined : parseJson(text);
  if (whole === undefined && !isLines && START_OF_ARRAY.test(text)) throw new Refusal(400, NOT_JSON);
  const values = whole === undefined ? linesOf(text) : [whole].flat();
  if (values.length > eventsMax) throw new Refusal(413, `the body holds more than ${eventsMax} events`);
  return whole === undefined ? (values as string[]).map(parseJson) : values;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Separates objects from everything else and from objects that are nested too deeply. */
function separate(values: unknown[], { depthMax }: Limits): ParsedEvents {
  const parsed: ParsedEvents = { events: [], refused: [] };
  values.forEach((value, index) => {
    const refuse = (reason: string) => parsed.refused.push({ index, reason });
    if (isDeeperThan(depthMax, value)) refuse(`it is nested deeper than ${depthMax} levels`);
    else if (isObject(value)) parsed.events.push({ index, event: value });
    else refuse(value === undefined ? NOT_JSON : 'it is not an object');
  });
  return parsed;
}

const START_OF_ARRAY = /^\s*\[/;
const NOT_JSON = 'it is not JSON';
