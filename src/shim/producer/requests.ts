import { Attempt, type Outcome } from '../client/attempt.js';
import { operationOf } from '../client/request-events.js';
import { errorFrom, isErrorDetails } from '../core/error.js';
import { KEEPALIVE_BYTES_MAX } from '../core/limits.js';
import { WORK_ENDS_WITH_INVOCATION, digest, post } from '../core/host.js';
import type { ProducerGlue } from '../core/module.js';
import type { CheckedClientOptions } from '../client/options.js';
import { now } from '../core/time.js';
import { SingleFlightProvider } from '../credentials/single-flight.js';
import type { CredentialsObject } from '../generated/client-module.js';
import { CoreEvents } from './core-events.js';
import type { Failures } from './failures.js';
import type { Measurements } from './measurements.js';
import type { InvocationScopes } from './invocation-scopes.js';

export type CoreProducer = InstanceType<ProducerGlue['Producer']>;

/** Calls exports of a producer's core, unless the core was replaced since. */
export type CallCore = <T>(core: CoreProducer, work: () => T) => T | undefined;

interface SignedRequest {
  url: string;
  init: RequestInit;
}

/** Sends the requests of a producer's core, and passes responses and credentials to it. */
export class Requests {
  readonly #clientOptions: CheckedClientOptions;
  readonly #scopes: InvocationScopes;
  readonly #failures: Failures;
  readonly #measurements: Measurements;
  readonly #callCore: CallCore;
  readonly #provider: SingleFlightProvider | undefined;
  readonly #coreEvents: CoreEvents;
  /** Bytes of the bodies in flight that are sent with `keepalive` while the page stays open. */
  #keepaliveBytesOfOpenPage = 0;
  /**
   * The last request got no response, perhaps because other keepalive requests of the page have used up the 64 KiB: the
   * next request goes without `keepalive`.
   */
  #wasLastRequestLost = false;
  /** Ends the wait for the provider. */
  #providerWait: AbortController | undefined;
  /** Requests of the current core. */
  #attempts = new Set<Attempt>();

  constructor(
    clientOptions: CheckedClientOptions,
    scopes: InvocationScopes,
    failures: Failures,
    measurements: Measurements,
    callCore: CallCore,
  ) {
    this.#clientOptions = clientOptions;
    this.#measurements = measurements;
    this.#scopes = scopes;
    this.#failures = failures;
    this.#callCore = callCore;
    const { credentials, requestTimeoutMs } = clientOptions;
    if (typeof credentials === 'function')
      this.#provider = new SingleFlightProvider(credentials, requestTimeoutMs, clientOptions);
    this.#coreEvents = new CoreEvents(clientOptions, callCore);
  }

  send(core: CoreProducer, id: number, isPageClosing: boolean): void {
    const body = this.#callCore(core, () => core.body(id));
    if (!body) return;
    // A closing page has no time to wait for the hash. In Workers the hashing ends with its invocation.
    const hash = digest(body, !isPageClosing && !WORK_ENDS_WITH_INVOCATION);
    // A text, or `undefined`, where the core makes the hash.
    if (typeof hash !== 'object') this.#post(core, id, body, hash, isPageClosing);
    else
      this.#scopes.pollAfter(
        hash.catch(() => undefined),
        {
          handleResult: (payloadHash) => this.#post(core, id, body, payloadHash, false),
          // In Workers, where the invocation that waits may end first, no hash is waited for.
          handleAbandoned: () => {},
        },
      );
  }

  /** Sends all records that fit into the bytes that the browser allows for keepalive requests. */
  sendKeepalive(core: CoreProducer): void {
    for (;;) {
      const id = this.#callCore(core, () =>
        core.nextKeepalive(now(), KEEPALIVE_BYTES_MAX - this.#keepaliveBytesOfOpenPage),
      );
      if (id === undefined) return;
      this.send(core, id, true);
    }
  }

  /** If there is an observer, emits what the core has done without a response: retries and changes of connectivity. */
  emitRetriesAndConnectivity(core: CoreProducer): void {
    this.#coreEvents.emitRetriesAndConnectivity(core, false);
  }

  askForCredentials(core: CoreProducer): void {
    const provider = this.#provider as SingleFlightProvider;
    // In Workers the wait ends with its invocation, and no other invocation may end it.
    const signal = WORK_ENDS_WITH_INVOCATION ? undefined : (this.#providerWait ??= new AbortController()).signal;
    const startedAt = now();
    const failure = provider.ask(signal).then(
      (credentials) => this.#store(core, credentials),
      (error) => errorFrom(error, 'credentials').message,
    );
    const handleResult = (message: string | undefined) => {
      if (signal?.aborted) return;
      if (message !== undefined) this.#failures.noteFailedSince(startedAt);
      provider.emitOutcome(message);
      this.#callCore(core, () => core.handleCredentials(now(), message));
    };
    this.#scopes.pollAfter(failure, { handleResult, handleAbandoned: () => this.askForCredentials(core) });
  }

  /** Ends the wait for the provider: the producer is closed, or its core was replaced. */
  stopWaitingForProvider(): void {
    this.#providerWait?.abort();
    this.#providerWait = undefined;
  }

  /** Aborts all requests: the core was replaced, and their records are put back, have failed or were dropped. */
  abort(): void {
    this.stopWaitingForProvider();
    const attempts = this.#attempts;
    this.#attempts = new Set();
    // In Workers only the invocation that has sent a request may abort it.
    if (!WORK_ENDS_WITH_INVOCATION) for (const attempt of attempts) attempt.abort();
  }

  /** Returns why the core refuses the credentials, if it does. */
  #store(core: CoreProducer, credentials: CredentialsObject): string | undefined {
    return this.#callCore(core, () => {
      try {
        core.storeCredentials(credentials, now());
        return undefined;
      } catch (refusal) {
        if (isErrorDetails(refusal)) return refusal.message;
        throw refusal;
      }
    });
  }

  /** Returns nothing where the core has no credentials any more, the request is over, or the core was replaced. */
  #sign(core: CoreProducer, id: number, sign: (at: number) => RequestInit | undefined): SignedRequest | undefined {
    return this.#callCore(core, () => {
      const url = core.url(id);
      const init = sign(now());
      this.#measurements.addBuffered(core.takeBufferingTimes());
      return url === undefined || !init ? undefined : { url, init };
    });
  }

  #post(
    core: CoreProducer,
    id: number,
    body: Uint8Array<ArrayBuffer>,
    payloadHash: string | undefined,
    isPageClosing: boolean,
  ): void {
    const { fetch: userFetch, requestTimeoutMs } = this.#clientOptions;
    const attempt = new Attempt(requestTimeoutMs, undefined);
    const isOpenPageKeepalive = !isPageClosing && this.#mayKeepaliveOnOpenPage(body.length);
    const keepalive = isPageClosing || isOpenPageKeepalive;
    const request = this.#sign(core, id, (at) => core.sign(id, at, payloadHash, body, attempt.signal, keepalive));
    if (!request) {
      attempt.end();
      return;
    }
    const keepaliveBytesOfOpenPage = isOpenPageKeepalive ? body.length : 0;
    this.#keepaliveBytesOfOpenPage += keepaliveBytesOfOpenPage;
    const emitOutcome = this.#coreEvents.emitSent(core, id, request.init, body.length);
    const startedAt = now();
    const attempts = this.#attempts;
    attempts.add(attempt);
    const outcome = attempt.outcome(post(userFetch, request.url, request.init));
    const handleResult = (value: Outcome) => {
      attempts.delete(attempt);
      this.#keepaliveBytesOfOpenPage -= keepaliveBytesOfOpenPage;
      // After `abort` there is another set: an aborted request is not measured.
      if (attempts === this.#attempts) this.#measure(request.init, startedAt, value);
      emitOutcome?.(value);
      this.#callCore(core, () => handle(core, id, value));
      this.#coreEvents.emitRetriesAndConnectivity(core, true);
    };
    this.#scopes.pollAfter(outcome, { handleResult, handleAbandoned: () => handleResult(ABANDONED) });
  }

  /** Notes how long a request has taken, and whether it got no response. */
  #measure(init: RequestInit, startedAt: number, outcome: Outcome): void {
    // ListShards is not measured: the statistics are about requests with records.
    if (operationOf(init) === 'PutRecords') this.#measurements.requestTimeMs.add(Math.max(0, now() - startedAt));
    this.#wasLastRequestLost = 'failure' in outcome;
    if (this.#wasLastRequestLost) this.#failures.noteFailedSince(startedAt);
  }

  /**
   * Whether a request is sent with `keepalive` although the page stays open. Without `keepalive`, a page that closes
   * cancels a request that still waits for its CORS preflight, and the flush at the end of the page does not send it
   * again.
   */
  #mayKeepaliveOnOpenPage(bytes: number): boolean {
    return (
      typeof document === 'object' &&
      !this.#wasLastRequestLost &&
      this.#keepaliveBytesOfOpenPage + bytes <= OPEN_PAGE_KEEPALIVE_BYTES_MAX
    );
  }
}

function handle(core: CoreProducer, id: number, outcome: Outcome): void {
  if ('failure' in outcome) core.handleFailure(id, now(), outcome.failure);
  else core.handleResponse(id, now(), outcome.head, outcome.body);
}

/** In Workers: the outcome of a request to Kinesis whose invocation has ended before the response was read. */
const ABANDONED: Outcome = {
  failure: {
    message: 'the request or its response was lost: the request of the Worker that has sent it has ended',
    isTimeout: false,
    status: undefined,
    amznRequestId: undefined,
  },
};
/**
 * The most bytes of all bodies that are sent with `keepalive` while the page stays open. The rest of the 64 KiB that
 * the browser allows is for the flush at the end of the page.
 */
const OPEN_PAGE_KEEPALIVE_BYTES_MAX = KEEPALIVE_BYTES_MAX / 2;
