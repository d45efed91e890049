import {
  type Attributes,
  type Histogram,
  INVALID_SPAN_CONTEXT,
  type Meter,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { callUser } from '../core/error.js';
import { nameOrCode } from '../core/exception-topic.js';
import type { KinesisEvent } from '../core/observer.js';
import type { TargetAttributes } from './attributes.js';
import { isGood } from './client-counts.js';

type Sent = Extract<KinesisEvent, { type: 'sent' | 'answered' }>;
type Retry = Extract<KinesisEvent, { type: 'retry' | 'throttled' }>;

interface OpenRequest {
  span: Span;
  sent: Sent;
}

export interface RequestSpanOptions {
  /** A request of a producer has records of many callers, so that its span has no parent. */
  isRoot: boolean;
  /**
   * Milliseconds after which nobody waits for a response: the Worker's invocation that has sent the request has ended.
   */
  abandonedMs: number;
}

/** A span for each request, and the durations of all of them, from events. */
export class RequestSpans {
  readonly #tracer: Tracer;
  readonly #durations: Histogram;
  readonly #attributes: TargetAttributes;
  readonly #options: RequestSpanOptions;
  /** The requests in flight by their ids, the oldest first. */
  readonly #open = new Map<number, OpenRequest>();
  /** The request whose response came last: the events of its retries follow directly. */
  #answered: { span: Span; at: number } | undefined;

  constructor(tracer: Tracer, meter: Meter, attributes: TargetAttributes, options: RequestSpanOptions) {
    this.#tracer = tracer;
    this.#attributes = attributes;
    this.#options = options;
    this.#durations = meter.createHistogram('rpc.client.call.duration', {
      description: 'Time from sending a request to the last byte of its response, each attempt by itself',
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    });
  }

  get inFlight(): number {
    return this.#open.size;
  }

  handle(event: KinesisEvent): void {
    if (event.type === 'retry' || event.type === 'throttled') {
      this.#addRetry(event);
      return;
    }
    this.#endAnswered();
    if (event.type === 'sent') this.#start(event);
    else if (event.type === 'answered') this.#answer(event);
  }

  /** Ends the spans of requests in flight: their outcomes will not be reported here. */
  endAll(): void {
    this.#endAnswered();
    for (const { span } of this.#open.values()) {
      span.addEvent('instrumentation ended');
      span.end();
    }
    this.#open.clear();
  }

  #start(sent: Sent): void {
    this.#endAbandoned(sent.at);
    const { clientId, target } = this.#attributes;
    const stream = target['messaging.destination.name'];
    const attributes: Attributes = {
      ...target,
      ...requestAttributes(sent),
      'messaging.client.id': clientId,
      ...(stream !== undefined && { 'aws.kinesis.stream_name': stream }),
    };
    const options = { kind: SpanKind.CLIENT, startTime: sent.at, root: this.#options.isRoot, attributes };
    let span: Span | null | undefined;
    try {
      span = this.#tracer.startSpan(`Kinesis.${sent.operation}`, options);
    } finally {
      // The duration is measured even if there is no span.
      this.#open.set(sent.requestId, { span: span ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT), sent });
    }
  }

  #answer(answered: Sent): void {
    const { requestId, status, bytes, at, operation } = answered;
    const request = this.#open.get(requestId);
    // It was sent before the instrumentation began.
    if (!request) return;
    this.#open.delete(requestId);
    const outcome = outcomeOf(status);
    request.span.setAttributes({ ...outcome, 'http.response.body.size': bytes });
    if (!isGood(status)) request.span.setStatus({ code: SpanStatusCode.ERROR });
    this.#answered = { span: request.span, at };
    queueMicrotask(() => callUser('the SDK of OpenTelemetry', () => this.#endAnswered()));
    const seconds = Math.max(0, at - request.sent.at) / 1000;
    this.#durations.record(seconds, { ...this.#attributes.target, ...methodOf(operation), ...outcome });
  }

  #addRetry({ type, records, reason, waitMs, at }: Retry): void {
    // The message of an error may hold what a proxy or a function of the user has written: it stays out.
    const error = { 'error.type': nameOrCode(reason) };
    const attributes = { 'kinesis_edge.records': records, 'kinesis_edge.wait': waitMs / 1000, ...error };
    this.#answered?.span.addEvent(type, attributes, at);
  }

  #endAnswered(): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.span.end(answered.at);
  }

  #endAbandoned(now: number): void {
    for (const [id, { span, sent }] of this.#open) {
      if (now - sent.at <= this.#options.abandonedMs) return;
      this.#open.delete(id);
      span.setAttributes(outcomeOf(undefined));
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(now);
    }
  }
}

function requestAttributes({ operation, records, bytes, attempt }: Sent): Attributes {
  return {
    ...methodOf(operation),
    'messaging.operation.name': operation,
    ...(records > 0 && { 'messaging.operation.type': 'send' }),
    ...(operation === 'PutRecords' && { 'messaging.batch.message_count': records }),
    'http.request.body.size': bytes,
    ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
  };
}

function methodOf(operation: string): Attributes {
  return { 'rpc.system.name': 'aws-api', 'rpc.method': `Kinesis/${operation}` };
}

function outcomeOf(status: number | undefined): Attributes {
  if (status === undefined) return { 'error.type': 'no_response' };
  return { 'http.response.status_code': status, ...(!isGood(status) && { 'error.type': `${status}` }) };
}

/** The buckets that the conventions recommend, in seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
