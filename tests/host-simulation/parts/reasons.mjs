// Which errors a plan explains: a record that fails with another one was failed by the package.

export function reasonsOf(plan) {
  const reasons = new Set();
  const makes = plan.actions.filter((action) => action.do === 'make');
  const of = (kind) => plan.requests.some((request) => request.kind === kind);
  const isFaulty = plan.requests.some(({ kind, isCut, isShort, latencyMs }) => kind !== 'ok' || isCut || isShort || latencyMs > 2000) || has(plan, 'connection') || plan.provider.some(({ kind, ms, lifeMs }) => kind !== 'keys' || ms > 2000 || lifeMs < 3_600_000) || has(plan, 'clock') || Math.abs(plan.clockOffsetMs) > 200_000 || hasLateReads(plan);
  if (isFaulty) for (const code of ['ERR_EXPIRED', 'ERR_ATTEMPTS', 'ERR_NETWORK', 'ERR_TIMEOUT']) reasons.add(code);
  if (makes.some(({ recordTtlMs }) => recordTtlMs <= 20_000)) reasons.add('ERR_EXPIRED');
  if (of('refused') || of('page') || isFaulty) reasons.add('ERR_SERVICE');
  if (plan.provider.some(({ kind, ms, lifeMs }) => kind !== 'keys' || ms >= 9_900 || lifeMs < 3_600_000) || has(plan, 'clock')) reasons.add('ERR_CREDENTIALS');
  if (has(plan, 'trap') || plan.load.attempts.length > 0) reasons.add('ERR_CORE');
  if (makes.some(({ bufferRecordsMax }) => bufferRecordsMax <= 1000)) reasons.add('ERR_BUFFER_FULL');
  if (has(plan, 'close') || makes.some(({ onError }) => onError === 'puts') || plan.requests.some(({ reenters }) => reenters === 'puts')) reasons.add('ERR_CLOSED');
  return reasons;
}

function has(plan, what) {
  return plan.actions.some((action) => action.do === what);
}

function hasLateReads(plan) {
  return plan.requests.some(({ readLateMs, bodyMs }) => readLateMs > 1000 || bodyMs > 1000);
}
