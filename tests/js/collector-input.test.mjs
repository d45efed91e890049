// Whom the collector lets in, and what it reads of a body: in Node, and in workerd over connections of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { keepAliveClient, upload } from './collector/connection.mjs';
import { sendAll } from './collector/load.mjs';
import { collectorInNode, post } from './collector/node-collector.mjs';
import { memoryPeakMb, workerdsOf } from './collector/process.mjs';
import { ORIGIN, bundle, event, startCollector, startStream, until } from './collector/setup.mjs';

const KIB = 1024;
const MIB = 1024 * KIB;
const KEY = 'a-key-of-servers';
const FOREIGN = 'https://evil.test';

describe('who gets in, with all origins and a write key', () => {
  const collect = async (headers, query, allowedOrigins = '*') => {
    const collector = collectorInNode({ allowedOrigins, writeKey: KEY });
    const { status } = await collector.fetch(post(event(), { origin: FOREIGN, ...headers }, query));
    return [status, collector.lines.length];
  };

  test('an origin is no substitute for the key', async () => {
    assert.deepEqual(await collect({}), [403, 0]);
    assert.deepEqual(await collect({ origin: 'null' }), [403, 0]);
    assert.deepEqual(await collect({ 'x-write-key': 'wrong' }), [403, 0]);
    assert.deepEqual(await collect({}, '?k='), [403, 0]);
    assert.deepEqual(await collect({ 'x-write-key': KEY }), [202, 1]);
    assert.deepEqual(await collect({}, `?k=${KEY}`), [202, 1]);
  });

  test('an allowed origin needs none where origins are named', async () => {
    assert.deepEqual(await collect({ origin: ORIGIN }, '', [ORIGIN]), [202, 1]);
    assert.deepEqual(await collect({ 'x-write-key': KEY }, '', [ORIGIN]), [403, 0]);
  });

  test('a pixel needs the key too, unless origins are named, and a wrong key is refused always', async () => {
    const pixel = async (query, allowedOrigins) => {
      const collector = collectorInNode({ allowedOrigins, writeKey: KEY });
      const response = await collector.fetch(new Request(`https://collector.test/collect?type=page${query}`));
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/gif']);
      return collector.lines.length;
    };
    assert.equal(await pixel('', '*'), 0);
    assert.equal(await pixel(`&k=${KEY}`, '*'), 1);
    assert.equal(await pixel('', [ORIGIN]), 1);
    assert.equal(await pixel('&k=wrong', [ORIGIN]), 0);
  });
});

describe('a body of many small chunks', () => {
  /** The bytes one by one, each in 4 KiB of memory as a connection may give it. `sent` is how many were taken. */
  const inBytes = (bytes, ended) => {
    const chunks = { sent: 0 };
    chunks.body = new ReadableStream({
      async pull(controller) {
        if (chunks.sent === bytes.length) return ended.then(() => controller.close());
        const chunk = new Uint8Array(new ArrayBuffer(4 * KIB), 0, 1);
        chunk[0] = bytes[chunks.sent];
        chunks.sent += 1;
        return controller.enqueue(chunk);
      },
    });
    return chunks;
  };

  test('takes the memory of its bytes, and not that of its chunks', async () => {
    const { arrayBuffers } = process.memoryUsage();
    const bytes = Buffer.from(`${JSON.stringify(event())}${' '.repeat(50_000)}`);
    let end;
    const chunks = inBytes(bytes, new Promise((resolve) => (end = resolve)));
    const answer = collectorInNode().fetch(post(chunks.body));
    await until('all sent', async () => chunks.sent === bytes.length);
    const grown = process.memoryUsage().arrayBuffers - arrayBuffers;
    end();
    assert.equal((await answer).status, 202);
    // 200 MiB if each chunk is kept.
    assert.ok(grown < 100 * MIB, `${grown}`);
  });

  test('is read, also where it is compressed', async () => {
    const events = Array.from({ length: 40 }, (_, n) => event({ properties: { n } }));
    const collector = collectorInNode();
    const { status } = await collector.fetch(post(inBytes(gzipSync(JSON.stringify(events)), Promise.resolve()).body, { 'content-encoding': 'gzip' }));
    assert.deepEqual([status, collector.lines.length], [202, 40]);
  });
});

describe('a rate limiter', () => {
  const collect = async (limit) => {
    const collector = collectorInNode({ rateLimiter: { limit } });
    const { status } = await collector.fetch(post(event()));
    const pixel = await collector.fetch(new Request('https://collector.test/collect?type=page'));
    return [status, pixel.status, collector.lines.length];
  };

  test('decides about POST and pixel', async () => {
    assert.deepEqual(await collect(async () => ({ success: true })), [202, 200, 2]);
    assert.deepEqual(await collect(async () => ({ success: false })), [429, 200, 0]);
  });

  const FAILURES = [
    ['throws', () => { throw new Error('down'); }],
    ['rejects', async () => { throw new Error('down'); }],
    ['resolves to nothing', async () => {}],
    ['resolves to null', async () => null],
    ['returns nothing', () => {}],
    ['never settles', () => new Promise(() => {})],
  ];
  for (const [what, limit] of FAILURES) {
    test(`that ${what} lets requests pass`, { timeout: 10_000 }, async () => {
      assert.deepEqual(await collect(limit), [202, 200, 2]);
    });
  }
});

describe('validate', () => {
  /** The answer to a good event, one that `change` is called with, and another good one, with what is accepted of them. */
  const collect = async (change) => {
    const validate = (one) => (one.event === 'changed' ? change(one) : true);
    const { fetch: collect, lines } = collectorInNode({ validate });
    const response = await collect(post([event(), event({ event: 'changed' }), event()]));
    const { accepted, refused } = await response.json();
    return { status: response.status, accepted, refused, lines };
  };
  const refusalOf = async (change) => {
    const { status, accepted, refused, lines } = await collect(change);
    assert.deepEqual([status, accepted, lines.length, refused.map(({ index }) => index)], [202, 2, 2, [1]]);
    return refused[0].reason;
  };

  const nested = (levels) => (levels === 0 ? {} : { inner: nested(levels - 1) });
  const NO_JSON = 'the collector’s own check leaves no JSON object';
  const WRONG = 'the collector’s own check leaves a wrong event: ';
  const CHANGES = [
    ['makes it circular', (one) => void (one.self = one), NO_JSON],
    ['adds a BigInt', (one) => void (one.properties = { sum: 5n }), NO_JSON],
    ['adds a getter that throws', (one) => void Object.defineProperty(one, 'bad', { enumerable: true, get: () => { throw new Error('no'); } }), NO_JSON],
    ['makes its JSON another value', (one) => void (one.toJSON = () => 5), NO_JSON],
    ['makes an id a number', (one) => void (one.anonymousId = 5), `${WRONG}anonymousId must be a string of 1 to 256 characters`],
    ['makes an id too long', (one) => void (one.userId = 'x'.repeat(257)), `${WRONG}userId must be a string of 1 to 256 characters`],
    ['makes an id empty', (one) => void (one.messageId = ''), `${WRONG}messageId must be a string of 1 to 256 characters`],
    ['removes the type', (one) => void delete one.type, `${WRONG}type must be page, track or identify`],
    ['makes properties a date', (one) => void (one.properties = new Date()), `${WRONG}properties must be an object`],
    ['makes the time another text', (one) => void (one.timestamp = 'soon'), `${WRONG}timestamp must be a time in ISO 8601`],
    ['nests it deeper', (one) => void (one.properties = nested(40)), 'the collector’s own check leaves an event that is nested deeper than 32 levels'],
  ];
  for (const [what, change, reason] of CHANGES) {
    test(`an event is refused alone where it ${what}`, async () => {
      assert.equal(await refusalOf((one) => (change(one), true)), reason);
    });
  }

  test('a change that leaves a right event is stored', async () => {
    const { accepted, lines } = await collect((one) => {
      one.userId = null;
      one.properties = { at: new Date(0), nothing: undefined };
      return true;
    });
    assert.deepEqual([accepted, lines[1].userId, lines[1].properties], [3, null, { at: '1970-01-01T00:00:00.000Z' }]);
  });

  test('a time that it sets is stored as it is; the client’s is corrected by the client’s clock', async () => {
    const own = '2026-01-31T12:00:00.000Z';
    const validate = (one) => {
      if (one.event === 'changed') one.timestamp = own;
      return true;
    };
    const { fetch: collect, lines } = collectorInNode({ validate });
    const hour = 3_600_000;
    const ofClient = new Date(Date.now() + hour).toISOString();
    await collect(post([event({ event: 'changed', timestamp: ofClient }), event({ timestamp: ofClient })], {}, `?sentAt=${Date.now() + hour}`));
    assert.equal(lines[0].timestamp, own);
    assert.ok(Math.abs(Date.parse(lines[1].timestamp) - Date.now()) < 60_000, lines[1].timestamp);
  });

  test('a promise refuses the event, whatever becomes of it, and the log says so once', async (t) => {
    const unhandled = [];
    const listener = (error) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    t.after(() => process.off('unhandledRejection', listener));
    const logged = [];
    t.mock.method(console, 'error', (line) => logged.push(line));
    const validate = async ({ event: name }) => name === 'good' || Promise.reject(new Error('late'));
    const { fetch: collect, lines } = collectorInNode({ validate });
    const { accepted, refused } = await (await collect(post([event({ event: 'good' }), event()]))).json();
    const reason = 'the collector’s own check returns a promise, but it must answer at once';
    assert.deepEqual([accepted, refused, lines], [0, [{ index: 0, reason }, { index: 1, reason }], []]);
    await sleep(10);
    assert.deepEqual(unhandled, []);
    assert.equal(logged.length, 1);
    assert.match(logged[0], /validate returns a promise/);
  });
});

describe('a timestamp', () => {
  const TIMES = [
    ['2026-01-31T12:34:56.789Z', '2026-01-31T12:34:56.789Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['2026-01-31T12:34:56Z', '2026-01-31T12:34:56.000Z'],
    ['2026-01-31T12:34Z', '2026-01-31T12:34:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:34:56.7Z', '2026-01-31T12:34:56.700Z'],
    ['2026-01-31T12:34:56,78Z', '2026-01-31T12:34:56.780Z'],
    ['2026-01-31T12:34:56.789999999Z', '2026-01-31T12:34:56.789Z'],
    ['2026-01-31T12:34:56.789+02:00', '2026-01-31T10:34:56.789Z'],
    ['2026-01-31T12:34:56+0200', '2026-01-31T10:34:56.000Z'],
    ['2026-01-31T00:30:00-05', '2026-01-31T05:30:00.000Z'],
    ['2026-01-31T12:34-03:30', '2026-01-31T16:04:00.000Z'],
    ['2026-12-31T24:00:00Z', '2027-01-01T00:00:00.000Z'],
    // Without an offset it is UTC, whatever the time zone of the runtime.
    ['2026-07-31T12:34:56.789123', '2026-07-31T12:34:56.789Z'],
  ];
  for (const [sent, stored] of TIMES) {
    test(`${sent} is stored as ${stored}`, async () => {
      const { fetch: collect, lines } = collectorInNode();
      assert.equal((await collect(post(event({ timestamp: sent })))).status, 202);
      assert.equal(lines[0].timestamp, stored);
    });
  }

  const NONE = [
    '1', '2026', '2026-01', '12', '(<script>alert(1)</script>) 1', '<b>2026-01-01</b>', '2026-01-01T00:00:00.000Z (<script>)', 'Thu, 01 Jan 2026 00:00:00 GMT', 'January 1, 2026', '1/2/2026', '2026-1-1',
    '2026-02-30', '2026-02-29T00:00:00.000Z', '2026-04-31T00:00:00Z', '2026-13-01', '2026-00-10', '2026-01-00', '2026-01-32', '2026-01-01T24:00:00.001Z', '2026-01-01T24:30:00Z', '2026-01-01T25:00:00Z', '2026-01-01T23:60:00Z', '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+25:00', '2026-01-01T00:00:00+01:60', '2026-01-01T00:00:00Z00', '2026-01-01T00:00:00Z:00', '2026-01-01T00:00:00+1', '2026-01-01T00:00:00+', '2026-01-01+02:00', '2026-01-01T00:00:00.000z', '2026-01-01 00:00:00Z', ' 2026-01-01', '2026-01-01\n', '2026-01-01T', '2026-01-01T12Z', '2026-01-01T00:00:00.Z', '+010000-01-01T00:00:00.000Z', '-000001-01-01T00:00:00Z', '0000-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00',
    `2026-01-01T00:00:00.${'0'.repeat(100)}Z`, '', 'soon', 1767225600000, true, {}, ['2026-01-01'],
  ];
  for (const timestamp of NONE) {
    test(`${JSON.stringify(timestamp).slice(0, 60)} is refused, by POST and by a pixel`, async () => {
      const { fetch: collect, lines } = collectorInNode();
      const response = await collect(post([event({ timestamp }), event()]));
      const { accepted, refused } = await response.json();
      assert.deepEqual([accepted, refused], [1, [{ index: 0, reason: 'timestamp must be a time in ISO 8601' }]]);
      if (typeof timestamp === 'string' && timestamp !== '') await collect(new Request(`https://collector.test/collect?${new URLSearchParams({ type: 'page', timestamp })}`));
      assert.equal(lines.length, 1);
    });
  }

  test('a client’s clock that is off by thousands of years does not make it a time of another form', async () => {
    for (const sentAt of ['999999999999999', '300000000000000', '0']) {
      const { fetch: collect, lines } = collectorInNode();
      await collect(post(event({ timestamp: '2026-01-31T12:34:56+02:00' }), {}, `?sentAt=${sentAt}`));
      assert.match(lines[0].timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, sentAt);
    }
  });
});

describe('an id has up to 256 characters', () => {
  for (const [what, character] of [['of one UTF-16 unit', 'é'], ['of two UTF-16 units', '🌊'], ['that are halves of a pair', '\ud83c']]) {
    test(what, async () => {
      for (const field of ['event', 'messageId', 'anonymousId', 'userId', 'sessionId']) {
        const { fetch: collect, lines } = collectorInNode();
        const answer = await collect(post([event({ [field]: character.repeat(256) }), event({ [field]: character.repeat(257) })]));
        assert.deepEqual(await answer.json().then(({ accepted, refused }) => [accepted, refused]), [1, [{ index: 1, reason: `${field} must be a string of 1 to 256 characters` }]]);
        assert.equal(lines[0][field], character.repeat(256).toWellFormed());
      }
    });
  }
});

describe('what is read of a body', () => {
  /** A body without an end: its first bytes, then the same piece again and again. It counts what is taken out of it. */
  const endless = (piece = new Uint8Array(64 * KIB).fill(32), first = piece) => {
    const read = { bytes: 0, isCancelled: false };
    const stream = new ReadableStream({
      pull(controller) {
        const next = read.bytes === 0 ? first : piece;
        read.bytes += next.length;
        controller.enqueue(new Uint8Array(next));
      },
      cancel: () => void (read.isCancelled = true),
    });
    return { read, stream };
  };
  const GZIP_HEADER = gzipSync('').subarray(0, 10);
  /** 32 KiB as a block that is not compressed: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
  const STORED_BLOCK = Buffer.concat([Buffer.from([0, 0x00, 0x80, 0xff, 0x7f]), Buffer.alloc(32 * KIB, 32)]);

  for (const [what, headers, body] of [
    ['no length', {}, () => endless()],
    ['a length of 10', { 'content-length': '10' }, () => endless()],
    ['a length of 10, as gzip', { 'content-length': '10', 'content-encoding': 'gzip' }, () => endless(STORED_BLOCK, GZIP_HEADER)],
  ]) {
    test(`an endless one with ${what} is read to the limit and a little further, and its upload is stopped`, async () => {
      const { fetch: collect } = collectorInNode();
      const { read, stream } = body();
      assert.equal((await collect(post(stream, headers))).status, 413);
      await until('the end of the upload', () => read.isCancelled);
      assert.ok(read.bytes <= 512 * KIB, `${read.bytes} bytes were read`);
    });
  }

  test('of one that is refused unread 64 KiB are read, and its upload is stopped', async () => {
    const { fetch: collect } = collectorInNode();
    for (const request of [post(endless().stream, { origin: FOREIGN }), post(endless().stream, { 'content-type': 'image/png' })]) {
      assert.ok([403, 415].includes((await collect(request)).status));
    }
    const { read, stream } = endless(new Uint8Array(8 * KIB));
    assert.equal((await collect(post(stream, { origin: FOREIGN }))).status, 403);
    await until('the end of the upload', () => read.isCancelled);
    assert.ok(read.bytes >= 64 * KIB && read.bytes <= 96 * KIB, `${read.bytes} bytes were read`);
  });

  test('one that is refused and never comes does not hold back the response', async () => {
    const { fetch: collect } = collectorInNode();
    let isCancelled = false;
    const silent = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const response = await Promise.race([collect(post(silent, { origin: FOREIGN })), sleep(10_000)]);
    assert.equal(response?.status, 403);
    await until('the end of the upload', () => isCancelled);
  });
});

describe('in workerd', () => {
  let stream;
  let collector;
  before(async () => {
    stream = await startStream();
    collector = await startCollector(stream, await bundle());
  });
  after(async () => {
    await collector?.stop();
    await stream?.stop();
  });

  for (const [what, head] of [
    ['chunked', 'Transfer-Encoding: chunked'],
    ['chunked, after a length of 10', 'Content-Length: 10\r\nTransfer-Encoding: chunked'],
    ['chunked, before a length of 10', 'Transfer-Encoding: chunked\r\nContent-Length: 10'],
  ]) {
    test(`300 MB, ${what}: the upload is stopped, and the memory stays`, async () => {
      const [pid] = workerdsOf();
      const memory = memoryPeakMb(pid);
      const sent = await upload(collector.address, { head, bytes: 300 * MIB });
      assert.ok(sent < 100 * MIB, `${sent / MIB} MiB were sent`);
      assert.ok(memoryPeakMb(pid) - memory < 48, `${memoryPeakMb(pid) - memory} MB`);
    });
  }

  const REFUSALS = [
    ['another origin', 403, { headers: { origin: FOREIGN } }],
    ['another type', 415, { headers: { 'content-type': 'image/png' } }],
    ['another path', 404, { path: 'collects' }],
    ['another method', 405, { method: 'PUT' }],
    ['a method that /health has not', 405, { path: 'health' }],
  ];
  for (const [what, status, request] of REFUSALS) {
    for (const bytes of [10, 60 * KIB]) {
      test(`${what} and a body of ${bytes} bytes: the next request has the same connection`, async () => {
        const client = keepAliveClient(collector.address);
        const refused = await client.send({ ...request, body: 'x'.repeat(bytes) });
        assert.equal(refused.status, status);
        const sent = event();
        const next = await client.send({ body: JSON.stringify(sent) });
        assert.deepEqual([next.status, next.port], [202, refused.port]);
        client.close();
      });
    }
  }

  test('a body that ends soon after the limit: the next request has the same connection', async () => {
    const client = keepAliveClient(collector.address);
    const refused = await client.send({ body: ' '.repeat(256 * KIB + 10_000), chunked: true });
    assert.equal(refused.status, 413);
    const next = await client.send({ body: JSON.stringify(event()) });
    assert.deepEqual([next.status, next.port], [202, refused.port]);
    client.close();
  });
});

// Two dates before `navigator`, one before standard stream constructors, and a present one, all without
// `nodejs_compat`.
for (const compatibilityDate of ['2021-11-02', '2022-03-20', '2022-11-01', '2026-04-01']) {
  test(`with the compatibility date ${compatibilityDate} 400 events of 10 connections are delivered in each mode`, async () => {
    const stream = await startStream();
    const collector = await startCollector(stream, await bundle(), { compatibilityDate });
    for (const path of ['collect', 'collect-queued']) {
      const { answered } = await sendAll(new URL(path, collector.address), { events: 400, connections: 10, perBody: 2, leaving: 0 });
      assert.equal(answered.size, 400);
      await until('all of them in the stream', async () => {
        const texts = (await stream.lines()).map(({ text }) => JSON.parse(text).messageId);
        return [...answered].every((id) => texts.includes(id));
      }, { ms: 40_000 });
    }
    await collector.stop();
    await stream.stop();
  });
}
