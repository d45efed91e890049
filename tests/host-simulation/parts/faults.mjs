// What may go wrong with requests, credentials and the module, drawn for a plan.

const FINAL = ['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException'];
const TRANSIENT = ['ProvisionedThroughputExceededException', 'InternalFailure', 'ServiceUnavailable', 'ThrottlingException'];

/** @param badPercent of the requests that meet a fault */
export function anyRequest(dice, badPercent, hasFinal) {
  const latencyMs = dice.chance(10) ? dice.between(500, 4000) : dice.between(1, 150);
  const wrapper = {
    ...(dice.chance(25) && { readLateMs: dice.between(1, dice.chance(10) ? 3000 : 200) }),
    ...(dice.chance(10) && { bodyMs: dice.between(1, 400) }),
    ...(dice.chance(10) && { isDeaf: true }),
    ...(dice.chance(8) && { reenters: dice.one(['puts', 'flushes', 'stats', 'readies', 'hasRoom']) }),
  };
  if (!dice.chance(badPercent)) return { kind: 'ok', latencyMs, ...wrapper, ...(dice.chance(5) && !wrapper.readLateMs && { isScribbled: true }) };
  const kind = dice.one(['ok', 'lost', 'lost', 'lostAfter', 'lostAfter', 'never', 'breaksOff', 'cut', 'short', 'page', 'refused', 'entries', 'entries', 'throws', 'returns']);
  if (kind === 'ok') return { kind, latencyMs: dice.between(9000, 40_000), ...wrapper };
  if (kind === 'cut') return { kind: 'ok', isCut: true, latencyMs, ...wrapper };
  if (kind === 'short') return { kind: 'ok', isShort: true, latencyMs, ...wrapper };
  if (kind === 'page') return { kind, latencyMs, status: dice.one([200, 403, 407, 429, 500, 502, 503, 520]), ...wrapper };
  if (kind === 'entries') return { kind, latencyMs, code: dice.one(['ProvisionedThroughputExceededException', 'InternalFailure']), of: dice.one([1, 2, 3]), ...wrapper };
  if (kind === 'refused') {
    const code = dice.one(hasFinal ? [...FINAL, ...TRANSIENT] : TRANSIENT);
    return { kind, latencyMs, code, status: code === 'InternalFailure' || code === 'ServiceUnavailable' ? 500 : 400, ...wrapper };
  }
  if (kind === 'returns') return { kind, latencyMs, value: dice.one([undefined, null, 7, 'text']) };
  return { kind, latencyMs, ...wrapper };
}

export function anyAnswerOfProvider(dice, badPercent) {
  const ms = dice.chance(10) ? dice.between(1000, 20_000) : dice.between(0, 300);
  const lifeMs = dice.chance(30) ? dice.between(1000, 400_000) : 3_600_000;
  if (!dice.chance(badPercent)) return { kind: 'keys', ms, lifeMs };
  return { kind: dice.one(['throws', 'rejects', 'never', 'nothing', 'getter', 'stale']), ms, lifeMs };
}

/** How the module is loaded: what each attempt comes to. `[]` is at once. */
export function anyLoad(dice, badPercent) {
  if (dice.chance(50)) return { isAtOnce: true, attempts: [] };
  const attempts = [];
  while (dice.chance(badPercent) && attempts.length < 6) attempts.push({ kind: dice.one(['lost', 'missing', 'page', 'garbage', 'throws']), ms: dice.between(1, 800) });
  return { isAtOnce: false, attempts, ms: dice.between(1, 2000) };
}
