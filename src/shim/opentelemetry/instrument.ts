import { type MeterProvider, type TracerProvider, metrics, trace } from '@opentelemetry/api';
import type { KinesisClient } from '../client/client.js';
import { kindOf } from '../core/data.js';
import { KinesisError } from '../core/error.js';
import { observe } from '../core/observation.js';
import { checkKnown } from '../core/option-names.js';
import { weak } from '../core/weak.js';
import type { Producer } from '../producer/producer.js';
import { Instrumentation, type Target } from './instrumentation.js';

/** Where metrics and spans go: those of an OpenTelemetry SDK. */
export interface TelemetryProviders {
  /** @default `metrics.getMeterProvider()` of `@opentelemetry/api`, as it is when `instrument` is called */
  meterProvider?: object;
  /** @default `trace.getTracerProvider()` of `@opentelemetry/api` */
  tracerProvider?: object;
}

/**
 * Reports what a client or a producer does to OpenTelemetry: metrics from `stats` (those of a client, which has none,
 * from its events), and a span for each request. No attribute holds a secret or a record's data.
 *
 * A target that nothing else refers to is garbage-collected. To instrument it again by the same providers changes
 * nothing. Throws a `KinesisError` with the code `ERR_INVALID_ARGUMENT` where a provider gives no meter or no tracer.
 * Where the SDK throws later, the `logger` of the target gets a line, and records are delivered all the same.
 * @returns what ends it; requests that are in flight then are reported as far as they are known
 * @example
 * const end = instrument(producer, { meterProvider, tracerProvider });
 * await producer.close();
 * await meterProvider.forceFlush();
 * end();
 */
export function instrument(target: KinesisClient | Producer, providers: TelemetryProviders = {}): () => void {
  checkTarget(target);
  checkKnown(providers, INSTRUMENT_OPTIONS);
  const meterProvider = meterProviderOf(providers?.meterProvider);
  const tracerProvider = tracerProviderOf(providers?.tracerProvider);
  const active = (instrumentations.get(target) ?? []).filter(({ hasEnded }) => !hasEnded);
  let found = active.find((one) => one.isBy(meterProvider, tracerProvider));
  if (!found) {
    found = new Instrumentation(weak(target as Target), meterProvider, tracerProvider);
    instrumentations.set(target, [...active, found]);
  }
  return found.end;
}

const INSTRUMENT_OPTIONS = { owner: 'instrument', known: ['meterProvider', 'tracerProvider'] };

/** Those of each target. */
const instrumentations = new WeakMap<object, Instrumentation[]>();

function checkTarget(target: unknown): void {
  if (typeof (target as Partial<Target> | undefined)?.[observe] === 'function') return;
  throw KinesisError.invalid(
    `target must be a KinesisClient or a Producer, of this version of kinesis-edge, not ${kindOf(target)}`,
  );
}

function meterProviderOf(value: object | undefined): MeterProvider {
  const provider = (value ?? metrics.getMeterProvider()) as Partial<MeterProvider>;
  if (typeof provider.getMeter === 'function') return provider as MeterProvider;
  throw KinesisError.invalid(`meterProvider must have the method getMeter, as those of OpenTelemetry have it`);
}

function tracerProviderOf(value: object | undefined): TracerProvider {
  const provider = (value ?? trace.getTracerProvider()) as Partial<TracerProvider>;
  if (typeof provider.getTracer === 'function') return provider as TracerProvider;
  throw KinesisError.invalid(`tracerProvider must have the method getTracer, as those of OpenTelemetry have it`);
}
