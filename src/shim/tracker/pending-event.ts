import { KinesisError, messageOf } from '../core/error.js';
import { losesContent, tagOf } from '../core/lost-content.js';
import { documentMember } from './dom.js';
import { toWellFormedJson } from './text.js';
import type { PageContext } from './context.js';
import type { ClickstreamEvent, Moment } from './types.js';

export type Properties = Record<string, unknown>;

/** What is tracked. The function may run in a later task, so that the visitor does not wait for it at a click. */
export type LazyEvent = () => [event: string | undefined, properties: Properties | undefined, traits?: Properties];

/** How an event is tracked. */
export interface TrackingOptions {
  /** The event function runs in a later task. */
  isLazy?: boolean;
  awaitsTitle?: boolean;
  /** Where it happened, in place of the page's address. */
  url?: string | undefined;
  /** When and where it happened, in place of now. */
  moment?: Moment | undefined;
}

/** An event that was tracked and not yet sent. */
export interface PendingEvent {
  type: ClickstreamEvent['type'];
  /** When it happened, in milliseconds by the page's clock. */
  at: number;
  /** The event function, until the event is completed. */
  lazyEvent?: LazyEvent | undefined;
  event?: string;
  properties?: Properties;
  traits?: Properties;
  /** Where it happened. */
  page?: PageContext;
  /** A page view whose page has not set its title yet. */
  awaitsTitle?: boolean;
  messageId?: string;
}

export type CompleteEvent = PendingEvent & Required<Pick<PendingEvent, 'page' | 'messageId'>>;

/**
 * Runs the event function, and changes the pending event: it gets copies of the properties, with the global ones. Later
 * changes of the arguments do not change the event.
 * @throws `KinesisError` naming the argument that is invalid
 */
export function completeEvent(pending: PendingEvent, globalProperties: Properties): void {
  const { type, lazyEvent } = pending;
  if (!lazyEvent) return;
  const [event, properties, traits] = lazyEvent();
  const isPage = type === 'page';
  if (type === 'track' || (isPage && event !== undefined)) checkName(event, isPage ? 'name' : 'event');
  checkObject(traits, 'traits');
  const all = { ...globalProperties, ...(isPage && { name: event }), ...checkObject(properties, 'properties') };
  // Global properties have been checked before, and `identify` takes no others.
  const argument = type === 'identify' ? 'traits' : 'properties';
  Object.assign(pending, copyJson({ event, properties: all, traits }, argument), { lazyEvent: undefined });
}

/** Gives a page view the title that the page has now. */
export function setTitle(pending: PendingEvent): void {
  pending.awaitsTitle = false;
  if (pending.page) pending.page.title = documentMember('title');
}

/** The global properties with more of them. */
export function mergeProperties(globalProperties: Properties, more: unknown): Properties {
  return copyJson({ ...globalProperties, ...checkObject(more, 'properties') }, 'properties');
}

export function checkName(value: unknown, argument: string): void {
  if (typeof value !== 'string' || !value) throw KinesisError.invalid(`${argument} must be a string that is not empty`);
}

function checkObject(value: unknown, argument: string): Properties | undefined {
  if (value === undefined || value === null) return undefined;
  // An error keeps its own members alone, and loses its message.
  const isGood = typeof value === 'object' && !/^(Array|Error)$/.test(tagOf(value)) && !losesContent(value);
  if (isGood) return value as Properties;
  throw KinesisError.invalid(`${argument} must be a plain object, not of type ${tagOf(value)}`);
}

function copyJson<T extends object>(value: T, argument: string): T {
  try {
    return JSON.parse(toWellFormedJson(value));
  } catch (error) {
    throw KinesisError.invalid(`${argument} must be a JSON value: ${messageOf(error)}`);
  }
}
