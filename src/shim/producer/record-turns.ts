import type { LazyPromise } from './lazy-promise.js';
import { type InvocationScope, newInvocationScope } from './invocation-scope.js';
import type { PutResult } from './types.js';

/** Records that one invocation of a Worker has put one after the other, without a microtask between them. */
export interface RecordTurn {
  readonly scope: InvocationScope;
  /** How many of the records have no outcome. */
  pending: number;
  /** The records that have an outcome, and whose native promises are not settled. */
  toSettle: LazyPromise<PutResult>[];
  readonly onOutcome: (record: LazyPromise<PutResult>) => void;
}

/** Called once, at the end of a turn. `isPending` returns whether promises of its records are not settled. */
type OnTurnEnd = (scope: InvocationScope, isPending: () => boolean) => void;

/**
 * In Workers, settles the native promises of records within the invocation that has put them. Records that are put
 * until the next microtask share a scope.
 */
export class RecordTurns {
  /** The turn that is running: a record that is put now belongs to it. */
  #turn: RecordTurn | undefined;
  /** The turns whose records have not all settled. */
  readonly #turns = new Set<RecordTurn>();

  /**
   * The turn that is running, or a new one.
   * @param onTurnEnd called at the end of the turn, if it is a new one
   */
  current(onTurnEnd: OnTurnEnd): RecordTurn {
    return (this.#turn ??= this.#beginTurn(onTurnEnd));
  }

  /**
   * Returns a function that says whether promises of records wait that have an outcome now. Those of later records are
   * not among them, because others are put all the time, nor those of invocations that have ended.
   */
  settling(): () => boolean {
    const turns = [...this.#turns].filter(({ toSettle }) => toSettle.length > 0);
    let waiting = turns.map((turn) => ({ turn, records: turn.toSettle }));
    return () => {
      waiting = waiting.filter(({ turn, records }) => turn.toSettle === records && !turn.scope.liveness.hasEnded);
      return waiting.length > 0;
    };
  }

  /** Drops the turns of invocations that have ended. */
  dropEnded(): void {
    for (const turn of this.#turns) if (turn.scope.liveness.hasEnded) this.#turns.delete(turn);
  }

  #beginTurn(onTurnEnd: OnTurnEnd): RecordTurn {
    const scope = newInvocationScope(() => {
      const records = turn.toSettle;
      turn.toSettle = [];
      for (const record of records) record.settleNative();
    });
    const onOutcome = (record: LazyPromise<PutResult>) => {
      turn.pending -= 1;
      turn.toSettle.push(record);
    };
    const turn: RecordTurn = { scope, pending: 0, toSettle: [], onOutcome };
    this.#turns.add(turn);
    queueMicrotask(() => {
      this.#turn = undefined;
      onTurnEnd(scope, () => this.#isPending(turn));
    });
    return turn;
  }

  #isPending(turn: RecordTurn): boolean {
    const isPending = turn.pending > 0 || turn.toSettle.length > 0;
    if (!isPending) this.#turns.delete(turn);
    return isPending;
  }
}

/** Lets a turn settle the native promise of a record, unless it has its outcome already. */
export function settleByTurn(record: LazyPromise<PutResult>, turn: RecordTurn): void {
  if (record.hasOutcome) return;
  turn.pending += 1;
  record.onOutcome = turn.onOutcome;
}
