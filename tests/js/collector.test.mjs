// The collector in workerd, against the embedded Kinesis: what it takes, whom it lets in, and that nothing it took is lost.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { createCollector } from 'kinesis-edge/collector';
import { memoryPeakMb, workerdsOf } from './collector/process.mjs';
import { exchange, sendAll } from './collector/load.mjs';
import { events, expectedLine } from './collector/expected-line.mjs';
import { ACCESS_KEY, ORIGIN, bundle, event, startCollector, startStream, until } from './collector/setup.mjs';

const KEY = 'a-key-of-servers';
const KIB = 1024;
let stream;
let modules;
let collector;

before(async () => {
  [stream, modules] = await Promise.all([startStream(), bundle()]);
  collector = await startCollector(stream, modules, { bindings: { WRITE_KEY: KEY } });
});
after(async () => {
  await collector?.stop();
  await stream?.stop();
});

for (const path of ['collect', 'collect-queued']) {
  describe(`POST /${path}`, () => {
    test('one event is one line in the stream, under its visitor’s key, with what the request says', async () => {
      const sent = event({ own: { deep: [1, 'ü'] } });
      const response = await post(path, JSON.stringify(sent), { 'user-agent': FIREFOX, 'cf-connecting-ip': '203.0.113.77' });
      assert.equal(response.status, 202);
      const { serverTime, ...counts } = await response.json();
      assert.deepEqual(counts, { accepted: 1, refused: [] });
      assert.ok(Math.abs(Date.parse(serverTime) - Date.now()) < 5000);
      const { partitionKey, text } = await stored(sent.messageId);
      assert.equal(partitionKey, sent.anonymousId);
      assert.match(text, /^[^\n]*\n$/);
      const { receivedAt, context, ...rest } = JSON.parse(text);
      assert.equal(receivedAt, serverTime);
      const { ip, userAgent, page, country, colo, asn } = context;
      assert.deepEqual({ ...rest, context: { page } }, sent);
      assert.equal(ip, '203.0.113.0');
      assert.deepEqual(userAgent, { browser: 'Firefox', version: 128, os: 'Windows', mobile: false, bot: false });
      assert.deepEqual([typeof country, typeof colo, typeof asn], ['string', 'string', 'number']);
    });

    test('an array and JSON Lines, plain or packed, come in as what they are', async () => {
      const [a, b, c, d, e, f] = Array.from({ length: 6 }, () => event());
      const array = JSON.stringify([a, b], null, 2);
      const lines = `${JSON.stringify(c)}\r\n\n${JSON.stringify(d)}\n`;
      const answers = [
        await post(path, array),
        await post(path, lines, { 'content-type': 'text/plain;charset=UTF-8' }),
        await post(path, gzipSync(JSON.stringify(e)), { 'content-encoding': 'gzip' }),
        await post(path, deflateSync(JSON.stringify(f)), { 'content-encoding': 'deflate', 'content-type': 'application/x-ndjson' }),
      ];
      const counts = await Promise.all(answers.map((answer) => answer.json()));
      assert.deepEqual(counts.map(({ accepted }) => accepted), [2, 2, 1, 1]);
      for (const { messageId } of [a, b, c, d, e, f]) await stored(messageId);
    });

    test('of a body with bad events the good ones are taken, and the reason for each other is reported', async () => {
      const [first, last] = [event(), event()];
      const bad = [{ ...event(), type: 'click' }, 5, null, [], nested(40), event({ anonymousId: 'x'.repeat(257) }), event({ timestamp: 'soon' }), event({ properties: 'none' }), event({ event: undefined })];
      const answer = await (await post(path, JSON.stringify([first, ...bad, last]))).json();
      assert.equal(answer.accepted, 2);
      assert.deepEqual(answer.refused, [
        { index: 1, reason: 'type must be page, track or identify' },
        { index: 2, reason: 'it is not an object' },
        { index: 3, reason: 'it is not an object' },
        { index: 4, reason: 'it is not an object' },
        { index: 5, reason: 'it is nested deeper than 32 levels' },
        { index: 6, reason: 'anonymousId must be a string of 1 to 256 characters' },
        { index: 7, reason: 'timestamp must be a time in ISO 8601' },
        { index: 8, reason: 'properties must be an object' },
        { index: 9, reason: 'event must name what is tracked' },
      ]);
      await Promise.all([stored(first.messageId), stored(last.messageId)]);
    });

    test('lines are read one by one: a malformed line is refused alone', async () => {
      const [first, last] = [event(), event()];
      const body = [JSON.stringify(first), '{"type":"page"', '[]', JSON.stringify(nested(33)), JSON.stringify(last)].join('\n');
      const answer = await (await post(path, body, { 'content-type': 'text/plain' })).json();
      assert.deepEqual([answer.accepted, answer.refused.map(({ index }) => index)], [2, [1, 2, 3]]);
      await Promise.all([stored(first.messageId), stored(last.messageId)]);
    });

    test('a clock that is wrong by more than two seconds is corrected, and one that is not stays', async () => {
      const hour = 3_600_000;
      const wrong = event({ timestamp: new Date(Date.now() + hour - 60_000).toISOString() });
      const right = event();
      await post(`${path}?sentAt=${Date.now() + hour}`, JSON.stringify(wrong));
      await post(`${path}?sentAt=${Date.now() - 500}`, JSON.stringify(right));
      await post(`${path}?sentAt=${'9'.repeat(400)}`, JSON.stringify(event()));
      const corrected = JSON.parse((await stored(wrong.messageId)).text).timestamp;
      assert.ok(Math.abs(Date.parse(corrected) - (Date.now() - 60_000)) < 10_000, corrected);
      assert.equal(JSON.parse((await stored(right.messageId)).text).timestamp, right.timestamp);
    });

    test('strange but legal JSON arrives as JSON that every reader takes', async () => {
      const { messageId } = event();
      const body = `{"type":"page","type":"page","messageId":"${messageId}","__proto__":{"isAdmin":true},"constructor":1,"\\u005f_proto__":2,
        "inner":{"__proto__":1,"half \\ud83d":"\\udc00 \\\\ud800 \\ud83c\\udf0a"},"big":123456789012345678901234567890,"huge":1e999}`;
      assert.equal((await (await post(path, body)).json()).accepted, 1);
      const { text } = await stored(messageId);
      assert.doesNotMatch(text, /__proto__/);
      const { constructor, inner, big, huge } = JSON.parse(text);
      assert.deepEqual({ constructor, inner, big, huge }, { constructor: 1, inner: { 'half \ufffd': '\ufffd \\ud800 🌊' }, big: 1.2345678901234568e29, huge: null });
    });

    test('a value at each limit is accepted, and one past it is refused', async () => {
      const small = { type: 'page' };
      assert.equal((await (await post(path, JSON.stringify(Array(1000).fill(small)))).json()).accepted, 1000);
      assert.equal((await post(path, JSON.stringify(Array(1001).fill(small)))).status, 413);
      assert.equal((await post(path, Array(1001).fill(JSON.stringify(small)).join('\n'))).status, 413);

      assert.equal((await post(path, ' '.repeat(256 * KIB - 15) + '{"type":"page"}')).status, 202);
      assert.equal((await post(path, ' '.repeat(256 * KIB - 14) + '{"type":"page"}')).status, 413);
      assert.equal((await post(path, gzipSync(' '.repeat(256 * KIB - 14) + '{"type":"page"}'), { 'content-encoding': 'gzip' })).status, 413);

      const [fits, large] = [sized(32 * KIB), sized(32 * KIB + 1)];
      const answer = await (await post(path, JSON.stringify([large, fits, small]))).json();
      assert.deepEqual([answer.accepted, answer.refused], [2, [{ index: 0, reason: 'it is larger than 32768 bytes' }]]);
      assert.equal((await (await post(path, JSON.stringify([nested(32), nested(33)]))).json()).accepted, 1);
      await stored(fits.messageId);
    });
  });

  test(`POST /${path}: every event that was answered is in the stream, whatever Kinesis does and whichever client leaves`, async () => {
    await stream.plan({ random: { seed: 5, answerLost: 0.1, requestLost: 0.1, status500: 0.1, recordFailed: 0.1, delayMsMax: 50 } });
    const { answered, left } = await sendAll(new URL(path, collector.address), { events: 2000, connections: 20, perBody: 10, leaving: 0.2 });
    assert.ok(left > 10 && answered.size > 1000, `${left} left, ${answered.size} answered`);
    await arrived(answered);
    await stream.plan({});
  });
}

test('direct mode: in an isolate that has served thousands, each request still goes on in its own name', async () => {
  const own = await startStream();
  const hot = await startCollector(own, modules);
  const answered = new Set();
  await sendAll(new URL('collect', hot.address), { events: 40_000, connections: 16, perBody: 2, leaving: 0, again: true, answered });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const strays = await (await fetch(new URL('strays', hot.address))).json();
  await hot.stop();
  await own.stop();
  assert.equal(answered.size, 40_000);
  assert.deepEqual([...new Set(strays)], []);
});

test('direct mode: a request that ends takes nothing of others with it', async () => {
  // With one request to Kinesis at a time, its answer sends the next: what others have put, from a request that has what it waited
  // for. Were that lost, nothing would be sent for a minute.
  const narrow = await startCollector(stream, modules, { bindings: { ACCESS_KEY: 'NARROW', OPTIONS: { requestsInFlightMax: 1, requestTimeoutMs: 60_000 } } });
  await stream.plan({ queue: Array(200).fill({ kind: 'delay', ms: 100 }) }, 'NARROW');
  const { answered } = await sendAll(new URL('collect', narrow.address), { events: 1000, connections: 2, perBody: 1, leaving: 0 });
  await arrived(answered);
  await narrow.stop();
});

test('direct mode, without the ctx of its request: the response waits until the events are in the stream', async () => {
  const alone = await startCollector(stream, modules, { bindings: { WITHOUT_CTX: true, OPTIONS: { lingerMs: 300 } } });
  for (let index = 0; index < 3; index += 1) {
    const sent = event();
    assert.equal((await post('collect', JSON.stringify(sent), {}, alone.address)).status, 202);
    assert.ok((await stream.lines()).some(({ text }) => text.includes(sent.messageId)));
  }
  await alone.stop();
});

test('queue mode: what is answered while Kinesis is down is in the stream when it is back', async () => {
  await stream.plan({ random: { seed: 6, requestLost: 1 } });
  const { answered } = await sendAll(new URL('collect-queued', collector.address), { events: 500, connections: 5, perBody: 10, leaving: 0 });
  assert.equal(answered.size, 500);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await stream.plan({});
  await arrived(answered);
});

test('a full buffer is 503, and what was answered before is not lost by it', async () => {
  const small = await startCollector(stream, modules, { bindings: { ACCESS_KEY: 'FULL', OPTIONS: { bufferRecordsMax: 20 } } });
  await stream.plan({ random: { seed: 7, requestLost: 1 } }, 'FULL');
  const answers = [];
  const sent = Array.from({ length: 5 }, () => Array.from({ length: 8 }, () => event()));
  for (const events of sent) answers.push(await post('collect', JSON.stringify(events), {}, small.address));
  assert.deepEqual(answers.map(({ status }) => status), [202, 202, 503, 503, 503]);
  assert.equal(answers[2].headers.get('retry-after'), '5');
  await stream.plan({}, 'FULL');
  await arrived(new Set(sent.slice(0, 2).flat().map(({ messageId }) => messageId)));
  assert.equal((await until('room', async () => (await post('collect', JSON.stringify(sent[2]), {}, small.address)).status)), 202);
  await small.stop();
});

describe('who gets in', () => {
  const body = JSON.stringify(event());
  const status = async (headers, path = 'collect') => (await fetch(new URL(path, collector.address), { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body })).status;

  test('exact origins do, and the write key without one', async () => {
    assert.equal(await status({ origin: ORIGIN }), 202);
    for (const origin of ['https://example.com', 'http://www.example.com', 'https://www.example.com:8443', 'https://www.example.com.evil.test', 'HTTPS://WWW.EXAMPLE.COM', 'null']) assert.equal(await status({ origin }), 403, origin);
    assert.equal(await status({}), 403);
    assert.equal(await status({ 'x-write-key': KEY }), 202);
    assert.equal(await status({}, `collect?k=${KEY}`), 202);
  });

  test('a wrong key does not, wherever it comes from', async () => {
    for (const key of ['', 'b', KEY.slice(0, -1), `${KEY}x`, KEY.toUpperCase(), 'x'.repeat(8000)]) assert.equal(await status({ 'x-write-key': key, origin: ORIGIN }), 403, key);
    assert.equal(await status({ 'x-write-key': KEY, origin: 'https://evil.test' }), 403);
  });

  test('a preflight is answered for an allowed origin, and may be kept', async () => {
    const preflight = (origin) => fetch(new URL('collect', collector.address), { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
    const { status, headers } = await preflight(ORIGIN);
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(headers.get('access-control-allow-headers'), /content-type/);
    assert.ok(Number(headers.get('access-control-max-age')) >= 7200);
    assert.equal(headers.get('vary'), 'Origin');
    const refused = await preflight('https://evil.test');
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get('access-control-allow-origin'), null);
  });

  test('1,000 requests of one address: those past the limit are 429, and others get in', async (t) => {
    const limited = await startCollector(stream, modules, { bindings: { LIMITED: true }, ratelimits: { RATE_LIMITER: { namespace_id: '1', simple: { limit: 100, period: 60 } } } });
    t.after(() => limited.stop());
    const counts = {};
    // The limiter counts anew with each minute of the clock.
    const minute = () => Math.floor(Date.now() / 60_000);
    const from = minute();
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post('collect', body, { 'cf-connecting-ip': '198.51.100.7' }, limited.address)));
      for (const answer of answers) {
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
        if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) > 0);
        await answer.arrayBuffer();
      }
    }
    if (minute() === from) assert.deepEqual(counts, { 202: 100, 429: 900 });
    else assert.ok(counts[202] >= 100 && counts[202] <= 100 * (minute() - from + 1) && counts[202] + counts[429] === 1000, JSON.stringify(counts));
    assert.equal((await post('collect', body, { 'cf-connecting-ip': '198.51.100.8' }, limited.address)).status, 202);
  });
});

describe('bad requests', () => {
  const deep = '['.repeat(10_000);
  const megabytes = function* () {
    for (let sent = 0; sent < 50 * 1024; sent += 64) yield Buffer.alloc(64 * KIB, 32);
  };
  const cases = [
    ['another path', 404, { path: 'collects' }],
    ['another method', 405, { method: 'PUT' }],
    ['another type', 415, { headers: { 'content-type': 'application/xml' } }],
    ['no type', 415, { headers: { 'content-type': '' } }],
    ['another encoding', 415, { headers: { 'content-encoding': 'br' } }],
    ['an empty body', 400, { body: '' }],
    ['white space', 400, { body: ' \n ' }],
    ['no object', 400, { body: '5' }],
    ['an empty array', 400, { body: '[]' }],
    ['broken JSON', 400, { body: '{"type":page}' }],
    ['truncated JSON', 400, { body: JSON.stringify([event(), event()]).slice(0, -20) }],
    ['an array with a hole', 400, { body: '[{"type":"page"},,{"type":"page"}]' }],
    ['no UTF-8', 400, { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }],
    ['no gzip', 400, { body: 'not packed', headers: { 'content-encoding': 'gzip' } }],
    ['truncated gzip', 400, { body: gzipSync(JSON.stringify(event())).subarray(0, 60), headers: { 'content-encoding': 'gzip' } }],
    ['a gzip bomb', 413, { body: gzipSync(Buffer.alloc(250 * 1024 * KIB, 32)), headers: { 'content-encoding': 'gzip' } }],
    ['10,000 arrays in each other', 400, { body: deep + ']'.repeat(10_000) }],
    ['10,000 arrays that do not end', 400, { body: deep }],
    ['10,000 objects in each other', 400, { body: '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000) }],
    ['10,000 closing brackets', 400, { body: ']'.repeat(10_000) }],
    ['a number of 200,000 digits', 400, { body: '9'.repeat(200_000) }],
    ['200,000 backslashes', 400, { body: `"${'\\'.repeat(200_000)}"` }],
    ['50,000 quotes that are escaped', 400, { body: `"${'\\"'.repeat(50_000)}` }],
    ['100,000 commas', 400, { body: `[${','.repeat(100_000)}]` }],
    ['80,000 empty objects', 413, { body: `[{}${',{}'.repeat(80_000)}]` }],
    ['130,000 arrays in each other', 400, { body: '['.repeat(130_000) + ']'.repeat(130_000) }],
    ['50,000 objects in each other', 400, { body: `[${'{"a":'.repeat(50_000)}` }],
    ['50 MB with their length', 413, { body: megabytes, headers: { 'content-length': 50 * 1024 * KIB } }],
    ['50 MB without their length', 413, { body: megabytes }],
  ];

  for (const [name, status, { path = 'collect', method = 'POST', headers = {}, body = JSON.stringify(event()) }] of cases) {
    test(`${name}: ${status}, and no more memory or time than a good one`, async () => {
      const [pid] = workerdsOf();
      const memory = memoryPeakMb(pid);
      const began = performance.now();
      const secret = 'no-reflection-7d1';
      const response = await exchange(new URL(`${path}?${secret}`, collector.address), { method, headers: { origin: ORIGIN, 'content-type': 'text/plain', 'x-what': secret, ...headers }, body });
      assert.equal(response.status, status);
      const { error } = JSON.parse(response.text);
      assert.ok(typeof error === 'string' && error.length < 100 && !error.includes(secret));
      assert.equal(response.headers.allow, status === 405 ? 'GET, HEAD, POST, OPTIONS' : undefined);
      // Generous: what is looked for is a body held whole, or nesting that is parsed.
      assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`);
      assert.ok(memoryPeakMb(pid) - memory < 48, `${memoryPeakMb(pid) - memory} MB`);
    });
  }

  test('in between and after them, others are served and lose nothing', async () => {
    const sending = sendAll(new URL('collect', collector.address), { events: 400, connections: 4, perBody: 5, leaving: 0 });
    for (const [, , { path = 'collect', method = 'POST', headers = {}, body = 'x' }] of cases) {
      await exchange(new URL(path, collector.address), { method, headers: { origin: ORIGIN, 'content-type': 'text/plain', ...headers }, body });
    }
    const { answered } = await sending;
    assert.equal(answered.size, 400);
    await arrived(answered);
  });
});

describe('GET', () => {
  test('is a transparent pixel, and an event', async () => {
    const { messageId, anonymousId } = event();
    const query = new URLSearchParams({ event: 'mail opened', messageId, anonymousId, url: 'https://www.example.com/a', utm_source: 'mail', utm_campaign: 'spring', utm_id: '7', gclid: 'g', 'p.list': 'weekly' });
    const response = await fetch(new URL(`collect?${query}`, collector.address));
    assert.deepEqual([response.status, response.headers.get('content-type'), response.headers.get('cache-control')], [200, 'image/gif', 'no-store']);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(bytes.toString('latin1', 0, 10), 'GIF89a\u0001\0\u0001\0');
    const { partitionKey, text } = await stored(messageId);
    const { type, event: name, properties, context } = JSON.parse(text);
    assert.equal(partitionKey, anonymousId);
    assert.deepEqual([type, name, properties], ['track', 'mail opened', { list: 'weekly' }]);
    assert.deepEqual([context.page, context.campaign], [{ url: 'https://www.example.com/a' }, { source: 'mail', name: 'spring', id: '7', gclid: 'g' }]);
  });

  test('is the same pixel where nothing is taken', async () => {
    const from = (referer) => fetch(new URL('collect?type=page&messageId=foreign', collector.address), { headers: { referer } });
    for (const response of [await from('https://evil.test/x'), await fetch(new URL('collect', collector.address)), await fetch(new URL('collect?type=what', collector.address))]) {
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/gif']);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(!(await stream.lines()).some(({ text }) => text.includes('"foreign"')));
  });

  test('/health answers', async () => {
    const response = await fetch(new URL('health', collector.address));
    assert.deepEqual([response.status, await response.json()], [200, { status: 'ok' }]);
  });
});

describe('in Node', () => {
  const options = (more) => () => ({ region: 'us-east-1', endpoint: stream.endpoint, streamName: stream.name, credentials: { accessKeyId: 'NODE', secretAccessKey: 'a-secret' }, allowedOrigins: '*', lingerMs: 5, ...more });
  const request = (body) => new Request('https://collector.test/collect', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  test('the same collector serves, without a context', async () => {
    const sent = event();
    const response = await createCollector(options()).fetch(request(sent));
    assert.equal(response.status, 202);
    await stored(sent.messageId);
  });

  test('fields are dropped, added ones too, and the event is judged by your function', async () => {
    const validate = ({ event: name }) => (name === 'thrown' ? JSON.parse('{') : name === 'reported' ? 'tell it otherwise' : name !== 'silent');
    const { fetch: collect } = createCollector(options({ dropFields: ['context.ip', 'context.userAgent.browser', 'userId', 'context.page.nothing.here'], validate }));
    const sent = event({ userId: 'u' });
    const asked = request([sent, ...['thrown', 'reported', 'silent'].map((name) => event({ event: name }))]);
    asked.headers.set('cf-connecting-ip', '2001:db8:1:2:3:4:5:6');
    asked.headers.set('user-agent', FIREFOX);
    const { refused } = await (await collect(asked)).json();
    const silent = 'it does not pass the collector’s own check';
    assert.deepEqual(refused.map(({ reason }) => reason), [silent, 'tell it otherwise', silent]);
    const { userId, context } = JSON.parse((await stored(sent.messageId)).text);
    assert.deepEqual([userId, context], [undefined, { page: { path: '/' }, userAgent: { version: 128, os: 'Windows', mobile: false, bot: false } }]);
  });

  for (const [name, ahead] of [['', 0], [', with a clock that is ahead', 3_600_000]]) {
    test(`3,000 events of all kinds become what docs/collector.md says${name}`, async () => {
      const seed = 20_261_125;
      const sent = [];
      const { fetch: collect } = createCollector(options({ queue: { sendBatch: async (messages) => void sent.push(...messages) }, eventsMax: 100 }));
      const facts = { ip: '203.0.113.0', userAgent: { browser: 'Firefox', version: 128, os: 'Windows', mobile: false, bot: false } };
      const all = [...events(seed, 3000)];
      let accepted = 0;
      for (let at = 0; at < all.length; at += 100) {
        const texts = all.slice(at, at + 100);
        const sentAt = Date.now() + ahead;
        const asked = new Request(`https://collector.test/collect${ahead ? `?sentAt=${sentAt}` : ''}`, { method: 'POST', headers: { 'content-type': 'text/plain', 'cf-connecting-ip': '203.0.113.77', 'user-agent': FIREFOX }, body: at % 200 ? texts.map((text) => text.replaceAll('\n', ' ')).join('\n') : `[${texts.join()}]` });
        const answer = await (await collect(asked)).json();
        const aheadMs = ahead && sentAt - Date.parse(answer.serverTime);
        const wanted = texts.map((text) => expectedLine(JSON.parse(text), { serverTime: answer.serverTime, aheadMs, facts }));
        assert.deepEqual(answer.refused, wanted.flatMap((reason, index) => (typeof reason === 'string' ? [{ index, reason }] : [])), `seed ${seed}`);
        const lines = sent.splice(0).flatMap(({ body }) => body.trimEnd().split('\n')).map((line) => JSON.parse(line));
        const expected = wanted.filter((event) => typeof event !== 'string');
        expected.forEach((event, index) => (event.messageId ??= lines[index]?.messageId));
        assert.deepEqual(lines, expected, `seed ${seed}`);
        accepted += lines.length;
      }
      assert.ok(accepted > 1500 && accepted < 2500, `${accepted} were accepted`);
    });
  }

  test('a small recordBytesMax makes events smaller; a path in any script is that of the request', async () => {
    const { fetch: collect } = createCollector(options({ recordBytesMax: 20_000, path: '/événements' }));
    const post = (body) => new Request('https://collect.example/événements', { method: 'POST', body: JSON.stringify(body), headers: { origin: 'https://shop.example' } });
    assert.equal((await collect(post({ type: 'track', event: 'x' }))).status, 202);
    const { accepted, refused } = await (await collect(post([{ type: 'track', event: 'x' }, { type: 'track', event: 'x', properties: { text: 'x'.repeat(20_000) } }]))).json();
    assert.deepEqual([accepted, refused.map(({ reason }) => reason)], [1, ['it is larger than 15904 bytes']]);
    const doubled = createCollector(options({ path: '//collect' }));
    assert.equal((await doubled.fetch(new Request('https://collect.example//collect', { method: 'POST', body: JSON.stringify({ type: 'track', event: 'x' }) }))).status, 202);
  });

  test('options that cannot work are named in the log, and in no answer', async () => {
    const logged = [];
    const { error } = console;
    console.error = (line) => logged.push(line);
    try {
      for (const wrong of [{ allowedOrigins: ['https://a.test/'] }, { allowedOrigins: undefined }, { path: 'collect' }, { path: '/./health' }, { recordBytesMax: 4096 }, { writeKey: '' }, { queue: {} }, { eventBytesMax: 0 }, { dropFields: 'ip' }, { credentials: { accessKeyId: 'a-secret', secretAccessKey: '' } }, { queue: { sendBatch() {} }, eventBytesMax: 100_001 }]) {
        const response = await createCollector(options(wrong)).fetch(request(event()));
        assert.equal(response.status, 500);
        assert.doesNotMatch(await response.text(), new RegExp(Object.keys(wrong)[0]));
        assert.match(logged.at(-1), new RegExp(`ERR_(INVALID_ARGUMENT|CREDENTIALS): .*${Object.keys(wrong).at(-1)}`));
      }
    } finally {
      console.error = error;
    }
    assert.doesNotMatch(logged.join(), /a-secret/);
  });

  test('a message is acknowledged when all of it is in the stream, and else comes back later and later', async () => {
    const outcomes = [];
    const message = (body, attempts) => ({ body, attempts, ack: () => outcomes.push('ack'), retry: ({ delaySeconds }) => outcomes.push(delaySeconds) });
    const consumer = createCollector(options({ credentials: { accessKeyId: 'CONSUMER', secretAccessKey: 's' }, deliveryMsMax: 1500 }));
    const sent = event();
    const { error } = console;
    console.error = () => {};
    try {
      await consumer.queue({ messages: [message(JSON.stringify(sent), 1), message('{', 1), message(5, 3), message([event(), event()], 1)] });
      assert.deepEqual(outcomes.sort(), [10, 40, 'ack', 'ack']);
      await stored(sent.messageId);

      outcomes.length = 0;
      await stream.plan({ random: { seed: 1, requestLost: 1 } }, 'CONSUMER');
      const late = event();
      await consumer.queue({ messages: [message(late, 1), message(event(), 5), message(event(), 50)] });
      assert.deepEqual(outcomes, [10, 160, 900]);
      // Outside of Workers what is late does arrive; nothing is acknowledged by it.
      await stream.plan({}, 'CONSUMER');
      await stored(late.messageId);
      assert.equal(outcomes.length, 3);
    } finally {
      console.error = error;
      await stream.plan({}, 'CONSUMER');
    }
  });

  test('a retryDelaySeconds of more than a quarter of an hour is kept as it is', async () => {
    const delays = [];
    const message = (attempts) => ({ body: '{', attempts, ack() {}, retry: ({ delaySeconds }) => delays.push(delaySeconds) });
    const { error } = console;
    console.error = () => {};
    try {
      await createCollector(options({ retryDelaySeconds: 3600 })).queue({ messages: [message(1), message(4)] });
    } finally {
      console.error = error;
    }
    assert.deepEqual(delays, [3600, 3600]);
  });
});

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0';

function post(path, body, headers = {}, address = collector.address) {
  return fetch(new URL(path, address), { method: 'POST', headers: { origin: ORIGIN, 'content-type': 'application/json', ...headers }, body });
}

async function stored(messageId) {
  return until(`${messageId} in the stream`, async () => (await stream.lines()).find(({ text }) => JSON.parse(text).messageId === messageId));
}

async function arrived(messageIds) {
  let missing = messageIds;
  await until('all of them in the stream', async () => {
    const found = new Set((await stream.lines()).map(({ text }) => JSON.parse(text).messageId));
    missing = new Set([...messageIds].filter((id) => !found.has(id)));
    return missing.size === 0;
  }, { ms: 40_000, everyMs: 500 }).catch((error) => assert.fail(`${error.message}; ${missing.size} of ${messageIds.size} are missing`));
}

/** An event of a number of levels, itself counted. */
function nested(levels) {
  let properties = {};
  for (let level = 2; level < levels; level += 1) properties = { a: properties };
  return { type: 'page', properties };
}

/** An event of a number of bytes. */
function sized(bytes) {
  const made = event({ filling: '' });
  return { ...made, filling: 'x'.repeat(bytes - JSON.stringify(made).length) };
}
