import { startClient } from '../client/core-client.js';
import { KinesisError, report } from '../core/error.js';
import { WORK_ENDS_WITH_INVOCATION } from '../core/host.js';
import { replacedError } from '../core/module.js';
import { type Observation, type OnEvent, observationOf } from '../core/observation.js';
import type { CheckedClientOptions as ClientOptions } from '../client/options.js';
import { producerModule } from '../core/producer-module.js';
import { SleepDetector, now } from '../core/time.js';
import { WakeTimer } from '../core/wake-timer.js';
import { listenWeakly, weak } from '../core/weak.js';
import type { SettlementReport } from '../generated/producer-module.js';
import { Failures } from './failures.js';
import type { Measurements } from './measurements.js';
import type { CheckedProducerOptions as Options } from './options.js';
import { InvocationScopes } from './invocation-scopes.js';
import { type CallCore, type CoreProducer, Requests } from './requests.js';

/** What a driver reports to its producer. */
export interface DriverCallbacks {
  /** Records have settled. */
  settle: (report: SettlementReport) => void;
  /** The core is lost with all records in it: the producer starts another. */
  recover: (error: KinesisError) => void;
  /** A request is about to be sent. */
  beforeSend: () => void;
  onError: (error: KinesisError) => void;
}

/** Drives a producer's core: polls it, takes the steps that it returns, and notices when its instance was replaced. */
export class Driver {
  /**
   * The core of this producer: the Rust `Producer` in WebAssembly, which decides what is sent and when. None until it
   * is started.
   */
  core: CoreProducer | undefined;
  /**
   * Nothing is sent: the page is in the back/forward cache, or has left it and does not know yet which of its records
   * other pages have taken over.
   */
  isSuspended = false;
  /** The number of the instance that the core is in. */
  #instanceNumber = 0;
  #isPolling = false;
  #isClosed = false;
  #isRecovering = false;
  /** How many cores were lost since the last poll that has ended without an error. */
  #lostSincePoll = 0;
  readonly #clientOptions: ClientOptions;
  readonly #callbacks: DriverCallbacks;
  readonly #wakeTimer = new WakeTimer();
  #sleepDetector = new SleepDetector();
  /** A scope is one caller that waits for records, with the requests that it has started. It polls while it waits. */
  readonly #scopes = new InvocationScopes(() => this.pollUntilWait());
  readonly #requests: Requests;
  readonly #failures: Failures;
  /** Stops listening to the host. */
  #unlisten = () => {};

  constructor(
    clientOptions: ClientOptions,
    callbacks: DriverCallbacks,
    failures: Failures,
    measurements: Measurements,
  ) {
    this.#clientOptions = clientOptions;
    this.#callbacks = callbacks;
    this.#failures = failures;
    const callCore: CallCore = (core, work) => this.#callCore(core, work);
    this.#requests = new Requests(clientOptions, this.#scopes, failures, measurements, callCore);
  }

  get scopes(): InvocationScopes {
    return this.#scopes;
  }

  /** Replaces the core by a new one without records. If the options are refused, the old core stays. */
  start(options: Options): void {
    let core: CoreProducer;
    try {
      core = this.#newCore(options);
    } finally {
      // A trap, before this call or in it, has ended the old core with its instance.
      if (!this.#isCurrent()) this.core = undefined;
    }
    const old = this.core;
    this.core = undefined;
    this.#requests.abort();
    if (old) producerModule().free(old, this.#instanceNumber);
    this.core = core;
    if (this.#clientOptions.observer) this.core.observe();
    this.#instanceNumber = producerModule().instanceNumber;
    // A new detector measures from the opening of the page: the next poll reports all sleep since then to the new core.
    this.#sleepDetector = new SleepDetector();
    if (knowsOnline() && !navigator.onLine) this.#reportConnection();
  }

  #newCore(options: Options): CoreProducer {
    const module = producerModule();
    const { recordBytesMax, requestBytesMax } = options;
    const client = startClient(module, { ...this.#clientOptions, recordBytesMax, requestBytesMax }, Math.random());
    const { requestTimeoutMs } = this.#clientOptions;
    // The constructor takes the client over: where it throws, it has freed the client.
    return module.run((exports) => new exports.Producer(client, { ...options, requestTimeoutMs }));
  }

  /** Adds a function that listens. The core collects retries for it from here on. */
  observe(onEvent: OnEvent, { streamName, streamARN }: Options): Observation {
    const observation = observationOf(this.#clientOptions, onEvent, { streamName, streamARN });
    this.runIfPresent((core) => core.observe());
    return observation;
  }

  listen(): void {
    if (knowsOnline())
      this.#unlisten = listenWeakly(weak(this), ['online', 'offline'], (driver) => driver.#reportConnection());
  }

  close(): void {
    this.#isClosed = true;
    this.#unlisten();
    this.#requests.stopWaitingForProvider();
    this.#wakeTimer.stop();
    // The closed outbox no longer calls `resume`, so nothing else would end the suspension.
    this.isSuspended = false;
  }

  /** Calls exports of the core. Where its instance was replaced, the producer starts another core first. */
  run<T>(work: (core: CoreProducer) => T): T {
    this.recoverIfReplaced();
    const { core } = this;
    if (!core) throw replacedError();
    try {
      return producerModule().run(() => work(core), this.#instanceNumber);
    } finally {
      this.recoverIfReplaced();
    }
  }

  /** As `run`. Returns `undefined` where there is no core, also because it was lost in this call. */
  runIfPresent<T>(work: (core: CoreProducer) => T): T | undefined {
    this.recoverIfReplaced();
    const { core } = this;
    return core && this.#callCore(core, () => work(core));
  }

  /** Polls the core and takes its steps until it says to wait: the contract is in `src/producer/producer.rs`. */
  pollUntilWait(): void {
    if (!this.core || this.#isPolling || this.isSuspended) return;
    this.#isPolling = true;
    try {
      this.#reportSleep();
      let wait;
      while (wait === undefined) wait = this.#step();
      this.#lostSincePoll = 0;
      // The timer polls within the scope that is current now. All records of a closed producer have settled.
      if (this.#isClosed) this.#wakeTimer.stop();
      else this.#wakeTimer.set(wait, () => this.#scopes.makePollCallback());
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPolling = false;
    }
    this.reportFailuresAndEvents();
  }

  /**
   * Counts and logs the failures that the core has had since the last call, and emits the events that it has collected.
   */
  reportFailuresAndEvents(): void {
    const { core } = this;
    if (core) this.#callCore(core, () => this.#reportSleep());
    const failures = core && this.#callCore(core, () => this.#failures.read(core));
    if (failures) this.#failures.handle(failures);
    if (core) this.#requests.emitRetriesAndConnectivity(core);
  }

  sendKeepalive(): void {
    const { core } = this;
    if (!core) return;
    this.#callCore(core, () => this.#reportSleep());
    this.#requests.sendKeepalive(core);
  }

  /**
   * Reports to the core how long the device has slept, because `now` stands still during sleep: the core then signs
   * with the corrected time. The time to live of records does not run during sleep. In Workers the device's clock and
   * `now` are one clock, so that there is nothing to detect.
   */
  #reportSleep(): void {
    const sleptMs = WORK_ENDS_WITH_INVOCATION ? 0 : this.#sleepDetector.takeSleptMs();
    if (sleptMs > 0) this.run((core) => core.handleDeviceSleep(sleptMs));
  }

  /** Handles what has settled in the core and was not reported yet. */
  reportSettled(): void {
    const report = this.runIfPresent((core) => core.takeReport());
    if (report) this.#callbacks.settle(report);
  }

  /** Takes one step. @returns the milliseconds to wait, where the core says to wait */
  #step(): number | undefined {
    const { core, step, id, wait } = this.run((current) => {
      const next = current.poll(now());
      return { core: current, step: next, id: current.requestId, wait: current.waitMs };
    });
    const { ProducerStep } = moduleExports();
    if (step === ProducerStep.Wait) return wait;
    if (step === ProducerStep.Settled) this.reportSettled();
    else if (step === ProducerStep.AskCredentials) this.#requests.askForCredentials(core);
    else {
      // What is put into the outbox goes there before it is sent, also where both happen in the turn of its put.
      this.#callbacks.beforeSend();
      this.#requests.send(core, id, false);
    }
    return undefined;
  }

  /**
   * Calls exports of `core`. Returns `undefined` if `core` was replaced, before or in this call: what it has started is
   * over then. Returns `undefined` also where `core` refuses the call.
   */
  #callCore<T>(core: CoreProducer, work: () => T): T | undefined {
    this.recoverIfReplaced();
    if (core !== this.core) return undefined;
    try {
      return this.run(work);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #isCurrent(): boolean {
    return this.#instanceNumber === producerModule().instanceNumber;
  }

  /** Where the core's instance was replaced, the producer starts another core. */
  recoverIfReplaced(): void {
    if (!this.core || this.#isCurrent() || this.#isRecovering) return;
    this.#isRecovering = true;
    this.#lostSincePoll += 1;
    const error = replacedError();
    try {
      this.#callbacks.recover(error);
    } finally {
      this.#isRecovering = false;
    }
    this.#clientOptions.observer?.emit({ type: 'core', state: 'replaced', error });
    this.#pollSoon();
  }

  /**
   * Polls again after an error: after a trap the producer has another core. An error of another kind than a trap or a
   * refusal is reported.
   */
  #fail(error: unknown): void {
    if (!(error instanceof KinesisError))
      report(this.#callbacks.onError, new KinesisError('ERR_CORE', 'the producer has failed', { cause: error }));
    this.#pollSoon();
  }

  /**
   * Polls in a microtask, or by a timer if each new core is lost at its first poll: endless microtasks freeze a page.
   */
  #pollSoon(): void {
    if (this.#lostSincePoll <= LOST_SINCE_POLL_MAX) queueMicrotask(() => this.pollUntilWait());
    else this.#wakeTimer.set(LOST_POLL_MS, () => this.#scopes.makePollCallback());
  }

  /** Reports to the core whether the host is online, by `navigator.onLine`. */
  #reportConnection(): void {
    const { onLine } = navigator;
    this.runIfPresent((core) => core.handleHostReport(now(), onLine));
    this.pollUntilWait();
  }
}

/** How many cores may be lost, while no poll ends well, before the next one is polled by a timer. */
const LOST_SINCE_POLL_MAX = 5;
const LOST_POLL_MS = 1000;

function moduleExports() {
  return producerModule().run((exports) => exports);
}

function knowsOnline(): boolean {
  return (
    typeof navigator === 'object' && typeof navigator.onLine === 'boolean' && typeof addEventListener === 'function'
  );
}
