import { clientModule } from '../core/client-module.js';
import type { Call as CoreCall } from '../generated/client-module.js';
import type { Attempt } from './attempt.js';
import type { CoreClient } from './core-client.js';

/** A call of the core with its client and the instance that both are in. */
export class DrivenCall {
  readonly #client: CoreClient;
  readonly #call: CoreCall;
  readonly #instanceNumber: number;
  #isFinished = false;
  /** When the wait is over that the last poll has asked for. */
  #waitEndsAt = 0;
  /** The core's call is freed, and must not be used any more. */
  hasEnded = false;

  constructor(client: CoreClient, call: CoreCall, instanceNumber: number) {
    this.#client = client;
    this.#call = call;
    this.#instanceNumber = instanceNumber;
  }

  run<T>(work: (call: CoreCall, client: CoreClient) => T): T {
    return clientModule().run(() => work(this.#call, this.#client), this.#instanceNumber);
  }

  /**
   * Returns the next step of the call; a number is the milliseconds to wait. Throws the error of a call that has
   * failed.
   */
  poll(): 'send' | 'askCredentials' | 'done' | number {
    return clientModule().run(({ CallStep }) => {
      // The wait has taken its time, also where the device's clock stands or was set back meanwhile.
      const at = Math.max(Date.now(), this.#waitEndsAt);
      this.#waitEndsAt = 0;
      const step = this.#call.poll(this.#client, at);
      if (step === CallStep.Send) return 'send';
      if (step === CallStep.AskCredentials) return 'askCredentials';
      if (step === CallStep.Wait) {
        this.#waitEndsAt = at + this.#call.waitMs;
        return this.#call.waitMs;
      }
      this.#isFinished = true;
      this.#call.finish();
      return 'done';
    }, this.#instanceNumber);
  }

  /** The request to send. Without one the attempt has ended. */
  sign(
    hash: string | undefined,
    body: Uint8Array<ArrayBuffer>,
    attempt: Attempt,
  ): { url: string; init: RequestInit } | undefined {
    let init: RequestInit | undefined;
    try {
      return this.run((call, client) => {
        const url = call.url(client);
        init = call.sign(client, Date.now(), hash, body, attempt.signal);
        return init && { url, init };
      });
    } finally {
      if (!init) attempt.end();
    }
  }

  /** Frees the call, unless it is finished or its instance was replaced. */
  end(): void {
    this.hasEnded = true;
    if (!this.#isFinished) clientModule().free(this.#call, this.#instanceNumber);
  }
}
