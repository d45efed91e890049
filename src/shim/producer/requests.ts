import { Attempt, type Outcome } from '../client/attempt.js';
import { operationOf } from '../client/request-events.js';
import { errorFrom, isErrorDetails } from '../core/error.js';
import { KEEPALIVE_BYTES_MAX } from '../core/limits.js';
import { ENDS_WITH_REQUEST, digest, post } from '../core/host.js';
import type { ProducerGlue } from '../core/module.js';
import type { CheckedClientOptions } from '../client/options.js';
import { now } from '../core/time.js';
import { SingleFlightProvider } from '../credentials/single-flight.js';
import type { CredentialsObject } from '../generated/client-module.js';
import { CoreEvents } from './core-events.js';
import type { Failures } from './failures.js';
import type { Measurements } from './measurements.js';
import type { RequestScopes } from './request-scopes.js';

export type CoreProducer = InstanceType<ProducerGlue['Producer']>;

/** Calls exports of a producer's core, unless the core was replaced since. */
export type CallCore = <T>(core: CoreProducer, work: () => T) => T | undefined;

/** Sends the requests of a producer's core, and passes responses and credentials to it. */
export class Requests {
  readonly #clientOptions: CheckedClientOptions;
  readonly #scopes: RequestScopes;
  readonly #failures: Failures;
  readonly #measurements: Measurements;
  readonly #callCore: CallCore;
  readonly #provider: SingleFlightProvider | undefined;
  readonly #events: CoreEvents;
  /** Bytes of the bodies in flight that go with `keepalive` although the page is not left. */
  #keepaliveBytes = 0;
  /**
   * The last request got no response. A cause may be that the bodies of other keepalive requests have used up the 64
   * KiB.
   */
  #hasFailed = false;

  constructor(
    clientOptions: CheckedClientOptions,
    scopes: RequestScopes,
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
    this.#events = new CoreEvents(clientOptions, callCore);
  }

  send(core: CoreProducer, id: number, keepalive: boolean): void {
    const body = this.#callCore(core, () => core.body(id));
    if (!body) return;
    // In Workers others must not wait for a digest that one request has begun; a page that ends has no time for it.
    const hash = digest(body, !keepalive && !ENDS_WITH_REQUEST);
    if (typeof hash !== 'object') this.#post(core, id, body, hash, keepalive);
    else
      this.#scopes.follow(
        hash.catch(() => undefined),
        (made) => this.#post(core, id, body, made, false),
        // In Workers nothing waits for a hash.
        () => {},
      );
  }

  /** Sends all records that fit into the bytes that the browser allows for keepalive requests. */
  sendKeepalive(core: CoreProducer): void {
    for (;;) {
      const id = this.#callCore(core, () => core.nextKeepalive(now(), KEEPALIVE_BYTES_MAX - this.#keepaliveBytes));
      if (id === undefined) return;
      this.send(core, id, true);
    }
  }

  /** Tells an observer, if there is one, what the core has done by itself. */
  tellNew(core: CoreProducer): void {
    this.#events.tellNew(core, false);
  }

  askForCredentials(core: CoreProducer): void {
    const provider = this.#provider as SingleFlightProvider;
    const began = now();
    const failure = provider.ask().then(
      (keys) => this.#store(core, keys),
      (error) => errorFrom(error, 'credentials').message,
    );
    const handleAnswer = (message: string | undefined) => {
      if (message !== undefined) this.#failures.began(began);
      provider.tell(message);
      this.#callCore(core, () => core.handleCredentials(now(), message));
    };
    this.#scopes.follow(failure, handleAnswer, () => this.askForCredentials(core));
  }

  /** Returns why the core refuses the credentials, if it does. */
  #store(core: CoreProducer, keys: CredentialsObject): string | undefined {
    return this.#callCore(core, () => {
      try {
        core.storeCredentials(keys, now());
        return undefined;
      } catch (refusal) {
        if (isErrorDetails(refusal)) return refusal.message;
        throw refusal;
      }
    });
  }

  #post(
    core: CoreProducer,
    id: number,
    body: Uint8Array<ArrayBuffer>,
    hash: string | undefined,
    keepalive: boolean,
  ): void {
    const { fetch: ownFetch, requestTimeoutMs } = this.#clientOptions;
    const attempt = new Attempt(requestTimeoutMs, undefined);
    const outlivesPage = !keepalive && this.#outlivesPage(body.length);
    const request = this.#callCore(core, () => {
      const url = core.url(id);
      const init = core.sign(id, now(), hash, body, attempt.signal, keepalive || outlivesPage);
      this.#measurements.addBuffered(core.takeBufferingTimes());
      return url === undefined || !init ? undefined : { url, init };
    });
    if (!request) {
      attempt.end();
      return;
    }
    const bytes = outlivesPage ? body.length : 0;
    this.#keepaliveBytes += bytes;
    const tellAnswered = this.#events.tellSent(core, id, request.init, body.length);
    const began = now();
    const outcome = attempt.outcome(post(ownFetch, request.url, request.init));
    const handleOutcome = (value: Outcome) => {
      this.#keepaliveBytes -= bytes;
      // Others list the shards.
      if (operationOf(request.init) === 'PutRecords') this.#measurements.requestTimeMs.add(Math.max(0, now() - began));
      this.#hasFailed = 'failure' in value;
      if (this.#hasFailed) this.#failures.began(began);
      tellAnswered?.(value);
      this.#callCore(core, () => handle(core, id, value));
      this.#events.tellNew(core, true);
    };
    this.#scopes.follow(outcome, handleOutcome, () => handleOutcome(ABANDONED));
  }

  /**
   * Whether a request goes with `keepalive` although the page is not left: a request that waits for its preflight when
   * the page is left ends with it, and a flush does not repeat it.
   */
  #outlivesPage(bytes: number): boolean {
    return (
      typeof document === 'object' && !this.#hasFailed && this.#keepaliveBytes + bytes <= OPEN_PAGE_KEEPALIVE_BYTES_MAX
    );
  }
}

function handle(core: CoreProducer, id: number, outcome: Outcome): void {
  if ('failure' in outcome) core.handleFailure(id, now(), outcome.failure);
  else core.handleResponse(id, now(), outcome.head, outcome.body);
}

/** What another request finds that a request of a Worker has left. */
const ABANDONED: Outcome = {
  failure: {
    message: 'the request or its response was lost: the request of the Worker that has sent it has ended',
    isTimeout: false,
    status: undefined,
  },
};
/**
 * The most bytes of all bodies that go with `keepalive` while the page is not left. The rest of what the browser allows
 * is for the flush at the end of the page.
 */
const OPEN_PAGE_KEEPALIVE_BYTES_MAX = KEEPALIVE_BYTES_MAX / 2;
