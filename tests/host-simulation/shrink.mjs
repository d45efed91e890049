// The shortest plan that still breaks the same promise: actions and faults are left out as long as it does.
import { runPlan } from './run.mjs';

const QUICK = { kind: 'ok', latencyMs: 20 };

/** @returns the plan, and the result of its run */
export async function shrink(bundle, plan) {
  const first = await runPlan(bundle, plan);
  const wanted = kindOf(first.violation);
  let best = { plan, result: first };
  const accept = async (candidate) => {
    const result = await runPlan(bundle, candidate);
    if (kindOf(result.violation) !== wanted) return false;
    best = { plan: candidate, result };
    return true;
  };
  for (let isShorter = true; isShorter; ) {
    const before = JSON.stringify(best.plan).length;
    await shortenList(() => best.plan, 'actions', accept);
    await shortenList(() => best.plan, 'provider', accept);
    await simplifyRequests(() => best.plan, accept);
    await simplifyRest(() => best.plan, accept);
    isShorter = JSON.stringify(best.plan).length < before;
  }
  return best;
}

async function shortenList(plan, name, accept) {
  for (let size = Math.ceil(plan()[name].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < plan()[name].length; ) {
      const list = plan()[name].filter((_, index) => index < at || index >= at + size);
      if (!(await accept({ ...plan(), [name]: list }))) at += size;
    }
  }
}

async function simplifyRequests(plan, accept) {
  const replace = (index, request) => ({ ...plan(), requests: plan().requests.map((old, at) => (at === index ? request : old)) });
  while (plan().requests.length > 0 && (await accept({ ...plan(), requests: plan().requests.slice(0, -1) })));
  for (let index = 0; index < plan().requests.length; index += 1) {
    if (JSON.stringify(plan().requests[index]) === JSON.stringify(QUICK) || (await accept(replace(index, QUICK)))) continue;
    for (const name of Object.keys(plan().requests[index])) {
      if (name === 'kind' || name === 'latencyMs') continue;
      const { [name]: _, ...rest } = plan().requests[index];
      await accept(replace(index, rest));
    }
  }
}

async function simplifyRest(plan, accept) {
  if (plan().load && !plan().load.isAtOnce) await accept({ ...plan(), load: { isAtOnce: true, attempts: [] } });
  if (plan().clockOffsetMs) await accept({ ...plan(), clockOffsetMs: 0 });
  if (plan().deletions) await accept({ ...plan(), deletions: undefined });
  for (const [index, action] of plan().actions.entries()) {
    for (const name of Object.keys(action)) {
      if (['at', 'do', 'name', 'producer', 'client', 'serial', 'first', 'count', 'operation', 'tab', 'id', 'steps', 'events', 'key', 'hasKeys'].includes(name)) continue;
      const { [name]: _, ...rest } = plan().actions[index];
      await accept({ ...plan(), actions: plan().actions.map((old, at) => (at === index ? rest : old)) });
    }
    if (action.count > 1) await accept({ ...plan(), actions: plan().actions.map((old, at) => (at === index ? { ...old, count: 1 } : old)) });
  }
}

/** A violation without the numbers in it. */
export function kindOf(violation) {
  return violation?.replace(/\d+/g, 'N').slice(0, 60);
}
