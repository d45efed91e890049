import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { kindOf } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import { type Observation, type OnEvent, observe } from '../core/observation.js';
import type { KinesisEvent, Observer } from '../core/observer.js';
import { type Weak, weak, whenCollected } from '../core/weak.js';
import type { ProducerStats } from '../producer/types.js';
import { attributesOf } from './attributes.js';
import { ClientCounts } from './client-counts.js';
import { RequestSpans } from './request-spans.js';
import { StatsMetrics, type TargetStats } from './stats-metrics.js';

/** A client or a producer. Only a producer has `stats`. */
export interface Target {
  [observe](onEvent: OnEvent): Observation;
  readonly stats?: ProducerStats;
}

/** What reports one client or producer to one pair of providers. Nothing here keeps the target alive. */
export class Instrumentation {
  readonly #meterProvider: MeterProvider;
  readonly #tracerProvider: TracerProvider;
  readonly #stopListening: () => void;
  readonly #requests: RequestSpans;
  readonly #metrics: StatsMetrics;
  #hasEnded = false;

  constructor(target: Weak<Target>, meterProvider: MeterProvider, tracerProvider: TracerProvider) {
    this.#meterProvider = meterProvider;
    this.#tracerProvider = tracerProvider;
    const meter = made('meterProvider.getMeter', () => meterProvider.getMeter(SCOPE));
    const tracer = made('tracerProvider.getTracer', () => tracerProvider.getTracer(SCOPE));
    const counts = isProducer(target) ? undefined : new ClientCounts();
    const listener = (event: KinesisEvent) => {
      counts?.add(event);
      // An event may come while the constructor runs.
      this.#requests?.handle(event);
    };
    const { observer, ...facts } = observed(target, listener);
    this.#stopListening = remover(weak(observer), listener);
    try {
      const attributes = attributesOf(facts, clientIdOf(target));
      const options = { isRoot: counts === undefined, abandonedMs: 2 * facts.requestTimeoutMs };
      this.#requests = new RequestSpans(tracer, meter, attributes, options);
      const read = statsReader(target, counts, this.#requests);
      const ofTarget = { ...attributes.target, 'messaging.client.id': attributes.clientId };
      this.#metrics = new StatsMetrics(meter, read, ofTarget);
    } catch (error) {
      // A meter or a tracer of the user has thrown: nobody could end what was begun.
      this.#stopListening();
      throw error;
    }
    endWhenCollected(target, this.#metrics);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  isBy(meterProvider: MeterProvider, tracerProvider: TracerProvider): boolean {
    return this.#meterProvider === meterProvider && this.#tracerProvider === tracerProvider;
  }

  readonly end = (): void => {
    this.#hasEnded = true;
    this.#stopListening();
    this.#metrics.end();
    this.#requests.endAll();
  };
}

/** What a provider gives. Throws where it gives nothing, before the target is listened to. */
function made<T>(what: string, make: () => T): T {
  const result = reading(what, make);
  if (typeof result === 'object' && result !== null) return result;
  throw KinesisError.invalid(`${what} must return an object, not ${kindOf(result)}`);
}

// Functions by themselves: a closure that is made beside the target or its observer would keep it alive.

function isProducer(target: Weak<Target>): boolean {
  return 'stats' in (target.deref() as Target);
}

/** A target keeps its id, so that its counts go on under it where it is instrumented again. */
function clientIdOf(target: Weak<Target>): string {
  const found = target.deref() as Target;
  const id = clientIds.get(found) ?? `${'stats' in found ? 'producer' : 'client'}-${(ids += 1)}`;
  clientIds.set(found, id);
  return id;
}

function observed(target: Weak<Target>, listener: OnEvent): Observation {
  return (target.deref() as Target)[observe](listener);
}

/** The observer leads to the target. */
function remover(observer: Weak<Observer>, listener: OnEvent): () => void {
  return () => observer.deref()?.listeners.delete(listener);
}

function statsReader(target: Weak<Target>, counts: ClientCounts | undefined, requests: RequestSpans) {
  return (): TargetStats | undefined => {
    const found = target.deref();
    return found && { ...(counts?.stats ?? found.stats), requestsInFlight: requests.inFlight };
  };
}

/** What is collected is reported no more. */
function endWhenCollected(target: Weak<Target>, metrics: StatsMetrics): void {
  whenCollected(target.deref() as Target, () => metrics.end());
}

const clientIds = new WeakMap<object, string>();
let ids = 0;
/** The name of the instrumentation. */
const SCOPE = 'kinesis-edge';
