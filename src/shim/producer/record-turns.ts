import type { LazyPromise } from './lazy-promise.js';
import { type RequestScope, newRequestScope } from './request-scope.js';
import type { PutResult } from './types.js';

/** Records that one request of a Worker has put in one turn of the event loop. */
interface RecordTurn {
  readonly scope: RequestScope;
  /** How many have no outcome. */
  pending: number;
  /** Those that have an outcome, and whose native promises are not settled. */
  settled: LazyPromise<PutResult>[];
  readonly onOutcome: (record: LazyPromise<PutResult>) => void;
}

/** Called at the end of a turn. `isPending` returns whether records of the turn have promises that are not settled. */
type OnTurnEnd = (scope: RequestScope, isPending: () => boolean) => void;

/**
 * In Workers, settles the native promises of records within the request that has put them. Records that are put in one
 * turn of the event loop share a scope.
 */
export class RecordTurns {
  /** That of the records that are put in this turn of the event loop. */
  #turn: RecordTurn | undefined;
  /** Those whose records have not all settled. */
  readonly #turns = new Set<RecordTurn>();

  /**
   * Adds a record that has no outcome to the turn that is running.
   * @param onTurnEnd called for the first record of a turn
   */
  add(record: LazyPromise<PutResult>, onTurnEnd: OnTurnEnd): void {
    const turn = (this.#turn ??= this.#beginTurn(onTurnEnd));
    turn.pending += 1;
    record.onOutcome = turn.onOutcome;
  }

  /** Whether a record has an outcome and its promise is not settled yet, in a request that has not ended. */
  get areSettling(): boolean {
    for (const turn of this.#turns) {
      if (turn.scope.liveness.hasEnded) this.#turns.delete(turn);
      else if (turn.settled.length > 0) return true;
    }
    return false;
  }

  #beginTurn(onTurnEnd: OnTurnEnd): RecordTurn {
    const scope = newRequestScope(() => {
      for (const record of turn.settled.splice(0)) record.settleNative();
    });
    const onOutcome = (record: LazyPromise<PutResult>) => {
      turn.pending -= 1;
      turn.settled.push(record);
    };
    const turn: RecordTurn = { scope, pending: 0, settled: [], onOutcome };
    this.#turns.add(turn);
    queueMicrotask(() => {
      this.#turn = undefined;
      onTurnEnd(scope, () => this.#isPending(turn));
    });
    return turn;
  }

  #isPending(turn: RecordTurn): boolean {
    const isPending = turn.pending > 0 || turn.settled.length > 0;
    if (!isPending) this.#turns.delete(turn);
    return isPending;
  }
}
