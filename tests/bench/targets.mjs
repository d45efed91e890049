// What the project sets out to reach, and where a run stands: one row for each target, runtime and peer.

/**
 * `at` picks the figure out of a run; `limit` bounds it as it is, or as its share of the peer's (`of`) or of the floor.
 * A share is written as the peer's figure over ours where that reads better ("≥ 25×").
 */
const TARGETS = [
  size('KinesisClient alone, with its wasm', 'kinesis-edge: KinesisClient', 44_000, ['client-kinesis, PutRecords']),
  size('signRequest alone, with its wasm', 'kinesis-edge: signRequest', 36_000, ['aws4fetch, by hand']),
  size('Producer alone, with its wasm', 'kinesis-edge: Producer', 68_000, ['Amplify Kinesis']),
  size('Producer with tracker and IndexedDB outbox', 'kinesis-edge: Producer, indexedDBOutbox and tracker', 76_000, ['Amplify Kinesis']),
  size('KinesisError alone', 'kinesis-edge: KinesisError', 2_000, []),
  size('tracker with a collector, no wasm', 'kinesis-edge: tracker with a collector', 10_000, ['Snowplow browser tracker', 'Segment analytics-next']),
  {
    what: 'signing a 300-byte request',
    case: 'sign',
    peers: [['aws4fetch', faster(25)], ['signature-v4 on node:crypto', faster(4)], ['signature-v4 on sha256-js', faster(10)]],
  },
  {
    what: 'putRecord of 200 bytes',
    case: 'putRecord',
    peers: [
      ['client-kinesis', faster(20), ['node']],
      ['client-kinesis', faster(8), ['chromium']],
      ['client-kinesis', undefined, ['workerd']],
      ['aws4fetch by hand', faster(2), ['chromium']],
      ['aws4fetch by hand', undefined, ['node', 'workerd']],
    ],
  },
  {
    what: 'putRecords of 500 × 200 bytes, per record',
    case: 'putRecords',
    peers: [
      ['client-kinesis', faster(3), ['node']],
      ['client-kinesis', faster(5), ['chromium']],
      ['client-kinesis', undefined, ['workerd']],
      ['aws4fetch by hand', faster(2)],
      ['Amplify', undefined],
      ['floor', atMost(2.5)],
    ],
  },
  {
    what: 'Producer.put to acknowledged, per record',
    case: 'acknowledged',
    peers: [['loop around client-kinesis', faster(3)], ['loop around aws4fetch', undefined], ['floor', undefined]],
  },
  {
    what: 'Producer.put to acknowledged over nodeFetch, per record',
    case: 'acknowledged',
    ours: 'kinesis-edge, nodeFetch',
    peers: [['loop around client-kinesis', faster(3)]],
  },
  {
    what: "Producer.put to acknowledged with aggregation 'key', per record",
    case: 'acknowledged',
    ours: "kinesis-edge, aggregation 'key'",
    peers: [['loop around client-kinesis', faster(5)]],
  },
  {
    what: "Producer.put to acknowledged over nodeFetch with aggregation 'key', per record",
    case: 'acknowledged',
    ours: "kinesis-edge, nodeFetch, aggregation 'key'",
    peers: [['loop around client-kinesis', faster(5)]],
  },
  { what: 'a 5 MiB request from bytes to fetch', case: 'large', peers: [['floor', atMost(1.5)], ['client-kinesis', undefined], ['aws4fetch by hand', undefined]] },
  { what: 'aggregation of 1,000 records', case: 'aggregate', peers: [['aws-kinesis-agg', faster(10)], ["the host's MD5 alone", undefined], ['floor', undefined]] },
  {
    what: 'import, instantiate, first signed request',
    case: 'cold',
    peers: [
      ['client-kinesis', faster(3), ['node', 'chromium']],
      ['client-kinesis', undefined, ['workerd']],
      // workerd's clock has whole milliseconds, and an empty script takes none.
      ['floor', undefined, ['node', 'chromium']],
    ],
    limits: { workerd: 10_000 },
  },
  { what: 'Producer with a service that answers at once, per record', case: 'produce', peers: [['loop around client-kinesis', undefined], ['floor', undefined]] },
];

export const RUNTIMES = ['node', 'chromium', 'workerd'];

/** `[{ what, runtime, unit, ours, peer, theirs, ratio, target, met }]`; `met` is undefined where there is no target. */
export function rowsOf(run) {
  return [...TARGETS.flatMap((target) => (target.sizes ? sizeRows(target, run) : timeRows(target, run))), ...growthRows(run)];
}

function timeRows(target, run) {
  return RUNTIMES.flatMap((runtime) => {
    const field = run.runtimes[runtime]?.cases[target.case];
    if (!field) return [];
    const find = (name) => field.find((one) => one.name === name);
    const ours = find(target.ours ?? 'kinesis-edge');
    // Not every contestant runs everywhere.
    if (!ours) return [];
    const limit = target.limits?.[runtime];
    const absolute = limit === undefined ? [] : [{ ...baseOf(target, runtime, ours), target: `≤ ${time(limit)}`, met: figure(ours).median <= limit }];
    const beside = target.peers.flatMap(([peer, bound, where = RUNTIMES]) => {
      const theirs = where.includes(runtime) && find(peer);
      return theirs ? [{ ...baseOf(target, runtime, ours), peer, theirs: figure(theirs), ...judge(peer, figure(ours).median, figure(theirs).median, bound) }] : [];
    });
    return [...absolute, ...beside];
  });
}

function baseOf({ what, case: of }, runtime, ours) {
  return { what, case: of, runtime, unit: 'us', clock: ours.cpu ? 'cpu' : 'wall', ours: figure(ours) };
}

/** Processor time where a process has it for itself: it is what the work costs, whatever else the machine does. */
function figure({ cpu, wall }) {
  return cpu ?? wall;
}

function judge(peer, ours, theirs, bound) {
  if (peer === 'floor') {
    const ratio = ours / theirs;
    return { ratio, ratioText: `${digits(ratio)}× floor`, ...(bound && { target: `≤ ${bound.floor}×`, met: ratio <= bound.floor }) };
  }
  const ratio = theirs / ours;
  return { ratio, ratioText: `${digits(ratio)}×`, ...(bound && { target: `≥ ${bound.faster}×`, met: ratio >= bound.faster }) };
}

function sizeRows({ what, ours, limit, peers }, { sizes }) {
  const find = (name) => sizes.find((one) => one.name === name)?.gzipped;
  const mine = find(ours);
  if (mine === undefined) return [{ what, runtime: 'page', unit: 'bytes', target: `≤ ${bytes(limit)}`, missing: true }];
  const own = { what, runtime: 'page', unit: 'bytes', ours: { median: mine }, target: `≤ ${bytes(limit)}`, met: mine <= limit };
  const beside = peers.map((peer) => ({ what, runtime: 'page', unit: 'bytes', ours: { median: mine }, peer, theirs: { median: find(peer) }, ratio: find(peer) / mine, ratioText: `${digits(find(peer) / mine)}×` }));
  return [own, ...beside];
}

function growthRows({ growth }) {
  if (!growth) return [];
  const { results, buffered, failing } = growth;
  const row = (what, ours, unit, rest) => ({ what, runtime: 'node', unit, ours: { median: ours }, ...rest });
  const [first, ...later] = results;
  const worst = Math.max(...later.map(({ cpu }) => cpu.median / first.cpu.median - 1));
  const last = results.at(-1);
  return [
    row('growth: time per record at 1,000,000', last.cpu.median, 'us', { peer: 'at 1,000', theirs: first.cpu, ratio: worst, ratioText: change(worst), target: '≤ + 15 %', met: worst <= 0.15 }),
    row('growth: JavaScript heap after 1,000,000', last.heapBytes, 'bytes', againstFirst(last.heapBytes, first.heapBytes)),
    row('growth: wasm memory after 1,000,000', last.wasmBytes, 'bytes', againstFirst(last.wasmBytes, first.wasmBytes)),
    row('growth: memory of a full buffer', buffered.wasmBytes + buffered.heapBytes, 'bytes', { ...besideBuffered(buffered), target: '≤ 2.5×', met: buffered.ratio <= 2.5 }),
    row('growth: the same after every request has failed', failing.wasmBytes + failing.heapBytes, 'bytes', besideBuffered(failing)),
  ];
}

function besideBuffered({ bytesBuffered, ratio }) {
  return { peer: 'bytes buffered', theirs: { median: bytesBuffered }, ratio, ratioText: `${digits(ratio)}×` };
}

function againstFirst(last, first) {
  const share = last / first - 1;
  return { peer: 'after 1,000', theirs: { median: first }, ratio: share, ratioText: change(share), target: '≤ + 15 %', met: share <= 0.15 };
}

function size(what, ours, limit, peers) {
  return { sizes: true, what, ours, limit, peers };
}

function faster(times) {
  return { faster: times };
}

function atMost(floor) {
  return { floor };
}

// ── figures as text ──

export function figureText({ unit }, value) {
  if (value === undefined) return '–';
  return unit === 'bytes' ? bytes(value.median) : time(value.median);
}

export function spreadText({ unit }, value) {
  return value?.low === undefined || unit === 'bytes' ? '' : `${time(value.low)} – ${time(value.high)}`;
}

export function time(us) {
  if (us < 1000) return `${digits(us)} µs`;
  return us < 1e6 ? `${digits(us / 1000)} ms` : `${digits(us / 1e6)} s`;
}

export function bytes(count) {
  return count < 1e6 ? `${digits(count / 1000)} KB` : `${digits(count / 1e6)} MB`;
}

export function digits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function change(share) {
  return `${share >= 0 ? '+' : '−'} ${Math.round(Math.abs(share) * 100)} %`;
}
