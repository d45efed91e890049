import { browserContext } from './context.js';
import type { CompleteEvent } from './pending-event.js';
import { toWellFormedJson } from './text.js';
import type { Redactor } from './redactor.js';
import type { OutgoingEvent } from './transport.js';
import type { ClickstreamEvent } from './types.js';
import type { VisitorState } from './visitor.js';

/**
 * An event as `beforeSend` gets it.
 * @param timestamp in ISO 8601, by the server's clock as far as it is known
 * @param redactor of the page's addresses and its title
 */
export function toClickstreamEvent(
  pending: CompleteEvent,
  visitor: VisitorState,
  timestamp: string,
  appId: string | undefined,
  redactor: Redactor,
): ClickstreamEvent {
  const redacted = redactor.cleanAll(pending.page);
  const url = new URL(redacted.url);
  const page = { ...redacted, path: url.pathname, search: url.search };
  return {
    type: pending.type,
    event: pending.event,
    messageId: pending.messageId,
    anonymousId: visitor.anonymousId,
    userId: visitor.userId,
    sessionId: visitor.sessionId,
    timestamp,
    properties: pending.properties,
    traits: pending.traits,
    context: { appId, campaign: visitor.campaign, page, ...browserContext() },
  };
}

/**
 * An event as a transport takes it.
 * @param putAt when it happened, in milliseconds by the page's clock
 * @param estimate the timestamp that `beforeSend` saw: where that is unchanged, the transport writes a better one when
 *   it sends
 */
export function toOutgoingEvent(event: ClickstreamEvent, putAt: number, estimate: string): OutgoingEvent {
  const { timestamp, ...members } = event;
  return {
    id: members.messageId,
    partitionKey: members.anonymousId,
    putAt,
    timestamp: timestamp === estimate ? undefined : timestamp,
    text: toWellFormedJson(members).slice(1),
  };
}
