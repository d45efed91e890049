// `nodeFetch` over real connections on loopback: what is sent, what comes back, and what goes wrong between.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import zlib from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { KinesisClient } from 'kinesis-edge';
import { createNodeFetch, nodeFetch } from 'kinesis-edge/node';
import { generate } from 'selfsigned';
import { top } from '../../xtask/say.mjs';

const servers = [];
after(() => servers.forEach((server) => (server.closeAllConnections?.(), server.close())));

for (const [name, body, length] of [
  ['a string', 'größe', 7],
  ['bytes', new Uint8Array([0, 255, 10]), 3],
  ['a megabyte', new Uint8Array(1 << 20).fill(7), 1 << 20],
  ['nothing', undefined, 0],
]) {
  test(`${name} arrives as it was given, with its length, in one piece`, async () => {
    const { url, requests } = await serve();
    const answer = await nodeFetch(`${url}/a?b=c`, { method: 'POST', headers: { 'x-one': '1' }, body });
    assert.equal(await answer.text(), 'fine');
    const [sent] = requests;
    assert.deepEqual([sent.method, sent.url, sent.headers['x-one']], ['POST', '/a?b=c', '1']);
    assert.deepEqual([sent.headers['content-length'], sent.headers['transfer-encoding']], [String(length), undefined]);
    assert.deepEqual(sent.body, Buffer.from(body ?? ''));
  });
}

test('it is GET where no method is given, and headers may be Headers', async () => {
  const { url, requests } = await serve();
  await nodeFetch(new URL(url), { headers: new Headers({ 'X-One': '1' }) });
  assert.deepEqual([requests[0].method, requests[0].headers['x-one']], ['GET', '1']);
});

test('an answer says its status, its headers and its bytes', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(404, 'Nowhere', { 'X-Two': ['2', 'zwei'] });
    response.write('{"a":');
    setTimeout(() => response.end('"ü"}'), 20);
  });
  const answer = await nodeFetch(url);
  assert.deepEqual([answer.status, answer.statusText, answer.ok], [404, 'Nowhere', false]);
  assert.deepEqual([answer.headers.get('x-two'), answer.headers.get('x-three')], ['2, zwei', null]);
  assert.deepEqual(await answer.json(), { a: 'ü' });
  const buffer = await answer.arrayBuffer();
  assert.ok(buffer instanceof ArrayBuffer);
  assert.equal(Buffer.from(buffer).toString(), '{"a":"ü"}');
});

for (const [encoding, encode] of [
  ['gzip', zlib.gzipSync],
  ['X-GZIP', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['br', zlib.brotliCompressSync],
  ['identity', (text) => text],
  ['gzip, br', (text) => zlib.brotliCompressSync(zlib.gzipSync(text))],
]) {
  test(`an answer in ${encoding} is decoded (${encode.name})`, async () => {
    const text = JSON.stringify({ ShardId: 's', SequenceNumber: '1', padding: 'ü'.repeat(1000) });
    const { url } = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(encode(text)));
    assert.equal(await (await nodeFetch(url)).text(), text);
    const client = new KinesisClient({ ...KEYS, endpoint: url, fetch: nodeFetch, maxAttempts: 1 });
    assert.equal((await client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' })).ShardId, 's');
  });
}

test('an answer in an unknown encoding is left as it is, one without a body is empty, and a broken one rejects', async () => {
  const answers = { '/unknown': ['aws-chunked', 'as it is'], '/empty': ['gzip', ''], '/broken': ['gzip', 'no gzip'] };
  const { url } = await serve(({ url: path }, response) => {
    const [encoding, body] = answers[path];
    response.writeHead(200, { 'content-encoding': encoding }).end(body);
  });
  assert.equal(await (await nodeFetch(`${url}/unknown`)).text(), 'as it is');
  assert.equal(await (await nodeFetch(`${url}/empty`)).text(), '');
  await assert.rejects((await nodeFetch(`${url}/broken`)).text(), isLost('terminated', 'Z_DATA_ERROR'));
  await nodeFetch(`${url}/broken`);
});

test('an empty answer has no bytes', async () => {
  const { url } = await serve((_, response) => response.writeHead(204).end());
  assert.equal((await (await nodeFetch(url)).arrayBuffer()).byteLength, 0);
});

test('a redirect is an answer, and to a client that of a proxy, which is tried again and not followed', async () => {
  const { url, requests } = await serve((_, response) => response.writeHead(307, { location: '/elsewhere' }).end());
  assert.equal((await nodeFetch(url)).status, 307);
  const client = new KinesisClient({ ...KEYS, endpoint: url, fetch: nodeFetch });
  await assert.rejects(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }), { code: 'ERR_SERVICE', status: 307 });
  assert.equal(requests.length, 4);
});

for (const [name, input, init, message] of [
  ['a Request', new Request('http://127.0.0.1/'), {}, /string or a URL/],
  ['a URL that is none', 'nowhere', {}, /Invalid URL/],
  ['another protocol', 'ftp://127.0.0.1/', {}, /not ftp:/],
  ['a password in the URL', 'http://a:b@127.0.0.1/', {}, /password/],
  ['a stream', 'http://127.0.0.1/', { method: 'POST', body: new ReadableStream() }, /not a stream/],
  ['a header that is none', 'http://127.0.0.1/', { headers: { 'a b': 'c' } }, /a b/],
]) {
  test(`${name} is refused`, async () => {
    await assert.rejects(nodeFetch(input, init), (error) => error instanceof TypeError && message.test(error.message));
  });
}

// ── called off ──

test('a signal that is aborted already sends nothing', async () => {
  const { url, connections } = await serve();
  const reason = new Error('enough');
  await assert.rejects(nodeFetch(url, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  assert.equal(connections.length, 0);
});

test('a signal that is aborted while the request goes out ends its connection', async () => {
  // More than the buffers of both sides hold.
  const { url, connections } = await serveSockets((socket) => socket.pause());
  const controller = new AbortController();
  const sent = nodeFetch(url, { method: 'POST', body: new Uint8Array(64 << 20), signal: controller.signal });
  sent.catch(() => {});
  await until(() => connections.length === 1);
  controller.abort('enough');
  await assert.rejects(sent, (error) => error === 'enough');
  connections[0].resume();
  await until(() => connections[0].closed);
});

test('a signal that is aborted while the answer is awaited, or comes, ends its connection', async () => {
  for (const head of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf']) {
    const { url, connections } = await serveSockets((socket) => socket.once('data', () => socket.write(head)));
    const controller = new AbortController();
    const sent = nodeFetch(url, { signal: controller.signal });
    const read = head ? (await sent).arrayBuffer() : sent;
    read.catch(() => {});
    await until(() => connections[0]?.bytesRead > 0);
    controller.abort();
    await assert.rejects(read, (error) => error === controller.signal.reason && error.name === 'AbortError');
    await until(() => connections[0].closed);
  }
});

test('a signal holds nothing of a request that is over', async () => {
  const { url } = await serve();
  const { signal } = new AbortController();
  let listening = 0;
  for (const [name, by] of [['addEventListener', 1], ['removeEventListener', -1]]) {
    signal[name] = (...args) => ((listening += by), EventTarget.prototype[name].apply(signal, args));
  }
  await (await nodeFetch(url, { signal })).text();
  await until(() => listening === 0);
});

// ── lost ──

test('a refused connection says so', async () => {
  const { url, server } = await serveSockets(() => {});
  server.close();
  await assert.rejects(nodeFetch(url), isLost('fetch failed', 'ECONNREFUSED'));
  const client = new KinesisClient({ ...KEYS, endpoint: url, fetch: nodeFetch, maxAttempts: 1 });
  await assert.rejects(client.putRecord({ StreamName: 's', Data: 'x', PartitionKey: 'k' }), { code: 'ERR_NETWORK', message: /fetch failed \(connect ECONNREFUSED/ });
});

test('a host none of whose addresses answers says why', async () => {
  const { url, server } = await serveSockets(() => {});
  server.close();
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  const agent = new http.Agent({ lookup: (name, options, found) => found(null, addresses) });
  const sent = createNodeFetch({ agent })(url.replace('127.0.0.1', 'several.test'));
  await assert.rejects(sent, (error) => /^connect ECONNREFUSED 127/.test(error.cause.message));
});

test('a connection that is reset before the answer says so', async () => {
  const { url } = await serveSockets((socket) => socket.once('data', () => socket.resetAndDestroy()));
  await assert.rejects(nodeFetch(url, { method: 'POST', body: 'x' }), isLost('fetch failed', 'ECONNRESET'));
});

test('an answer that is none says so', async () => {
  const { url } = await serveSockets((socket) => socket.once('data', () => socket.end('nonsense\r\n\r\n')));
  await assert.rejects(nodeFetch(url), isLost('fetch failed', /^HPE_/));
});

for (const [name, head] of [['with a length', 'content-length: 10\r\n\r\nhalf'], ['in chunks', 'transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n']]) {
  test(`an answer ${name} that breaks off rejects when it is read`, async () => {
    const { url } = await serveSockets((socket) => socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}`)));
    const answer = await nodeFetch(url);
    assert.equal(answer.status, 200);
    await assert.rejects(answer.arrayBuffer(), isLost('terminated', 'ECONNRESET'));
    // A body that is not read rejects no promise, which would end the process.
    await nodeFetch(url);
    await sleep(20);
  });
}

// ── connections ──

test('connections are kept: as many as there are requests at once', async () => {
  const { url, connections, requests } = await serve();
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([1, 2, 3].map(async () => (await nodeFetch(url, { method: 'POST', body: 'x' })).text()));
  }
  assert.deepEqual([requests.length, connections.length], [15, 3]);
});

test('an answer whose body is not read returns its connection', async () => {
  const { url, connections } = await serve((_, response) => response.end(Buffer.alloc(1 << 20)));
  await nodeFetch(url);
  await sleep(100);
  await nodeFetch(url);
  assert.equal(connections.length, 1);
});

test('a kept connection that ends under a request is not tried again: the service may have taken it', async () => {
  let seen = 0;
  const { url, connections } = await serveSockets((socket) => {
    socket.on('data', () => {
      seen += 1;
      if (seen === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      else socket.resetAndDestroy();
    });
  });
  await nodeFetch(url);
  await sleep(20);
  await assert.rejects(nodeFetch(url, { method: 'POST', body: 'x' }), isLost('fetch failed', 'ECONNRESET'));
  assert.deepEqual([seen, connections.length], [2, 1]);
});

test('an idle connection is closed a second before the server would, one at work is not', async () => {
  const { url, server, connections } = await serve();
  server.keepAliveTimeout = 2000;
  await (await nodeFetch(url)).text();
  const [connection] = connections;
  // By the client: a server's own end comes with no end of the other side before it.
  const endedBy = await Promise.race([once(connection, 'end').then(() => 'client'), once(connection, 'close').then(() => 'server')]);
  assert.equal(endedBy, 'client');

  const short = createNodeFetch({ agent: new http.Agent({ keepAlive: true, timeout: 50 }) });
  const slow = await serve((_, response) => setTimeout(() => response.end('late'), 200));
  assert.equal(await (await short(slow.url)).text(), 'late');
  await until(() => slow.connections[0].closed);
});

test('an idle connection does not keep the process running', async () => {
  const { url, server } = await serve();
  server.keepAliveTimeout = 60_000;
  const program = `import { nodeFetch } from 'kinesis-edge/node';
const text = await (await nodeFetch('${url}')).text();
const answered = performance.now();
process.on('exit', () => console.log(text, performance.now() - answered < 3000));`;
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', program], { cwd: top });
  assert.equal(stdout.trim(), 'fine true');
});

test('https goes through an agent of the user, and is refused where no authority has signed the certificate', async () => {
  const { cert, key } = await certificate();
  const { url, connections } = await started(https.createServer({ cert, key }), 'https', (_, response) => response.end('secret'));
  const agent = new https.Agent({ ca: cert, keepAlive: true });
  const trusting = createNodeFetch({ agent });
  for (let round = 0; round < 3; round += 1) assert.equal(await (await trusting(url)).text(), 'secret');
  assert.equal(connections.length, 1);
  await assert.rejects(nodeFetch(url), isLost('fetch failed', 'DEPTH_ZERO_SELF_SIGNED_CERT'));
  await assert.rejects(trusting(url.replace('https', 'http')), { code: 'ERR_INVALID_PROTOCOL' });
  agent.destroy();
});

test('a response that comes before the body is sent ends its connection, whose rest nobody reads', async () => {
  const { url, connections } = await serveSockets((socket) => {
    // Answers at the first bytes, keeps the connection open, and reads no more.
    socket.once('data', () => {
      socket.pause();
      socket.write('HTTP/1.1 413 Payload Too Large\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nno');
    });
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const fetch = createNodeFetch({ agent });
  for (let count = 1; count <= 2; count++) {
    const answer = await fetch(url, { method: 'POST', body: new Uint8Array(32 << 20), signal: AbortSignal.timeout(20_000) });
    assert.deepEqual([answer.status, await answer.text()], [413, 'no']);
    // With one connection at a time the second request would wait for ever.
    assert.equal(connections.length, count);
  }
  agent.destroy();
  connections.forEach((socket) => socket.destroy());
});

test('a response with the status 101 rejects', { timeout: 20_000 }, async () => {
  const { url } = await serveSockets((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'));
  });
  await assert.rejects(nodeFetch(url, { method: 'POST', body: 'x' }), { name: 'TypeError', message: 'fetch failed' });
});

test('an abort rejects a request that waits for a connection of its agent', { timeout: 20_000 }, async () => {
  const { url } = await serve(() => {});
  const agent = new http.Agent({ maxSockets: 1 });
  const fetch = createNodeFetch({ agent });
  const [first, second] = [new AbortController(), new AbortController()];
  const one = fetch(url, { signal: first.signal });
  const other = fetch(url, { signal: second.signal });
  second.abort();
  await assert.rejects(other, { name: 'AbortError' });
  first.abort();
  await assert.rejects(one, { name: 'AbortError' });
  agent.destroy();
});

// ── what the tests share ──

const KEYS = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };

/** An HTTP server: `{ url, server, connections, requests }`, the last with their bodies. */
function serve(answer = (_, response) => response.end('fine')) {
  return started(http.createServer(), 'http', answer);
}

async function started(server, protocol, answer) {
  const requests = [];
  server.on('request', async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response);
  });
  return { ...(await listening(server, protocol)), requests };
}

function serveSockets(onConnection) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  return listening(server, 'http');
}

async function listening(server, protocol) {
  const connections = [];
  server.on(protocol === 'https' ? 'secureConnection' : 'connection', (socket) => connections.push(socket));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `${protocol}://127.0.0.1:${server.address().port}`, server, connections };
}

/** Signed by itself, for 127.0.0.1. */
async function certificate() {
  const subject = [{ name: 'commonName', value: 'localhost' }];
  const extensions = [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }];
  const { cert, private: key } = await generate(subject, { keyType: 'ec', extensions, algorithm: 'sha256' });
  return { cert, key };
}

function isLost(message, code) {
  return (error) => error instanceof TypeError && error.message === message && (code instanceof RegExp ? code.test(error.cause.code) : error.cause.code === code);
}

async function until(holds) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`it did not come to ${holds}`);
}
