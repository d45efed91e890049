// The main job: the embedded Kinesis with a stream, and the Worker that serves the page.
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startKinesis } from '../tests/js/servers.mjs';
import { Stop, run, say, top } from './say.mjs';

export const REGION = 'us-east-1';
export const STREAM = 'clicks';
/** The embedded Kinesis takes any key. */
export const CREDENTIALS = { accessKeyId: 'DEMO', secretAccessKey: 'demo' };

export async function buildKinesis() {
  say('embedded Kinesis: compiling');
  await run('cargo', ['build', '--locked', '--release', '-p', 'kinesis-server']);
}

/** Starts both; `stop` ends them. Pages of other origins may send to the collector where they are named. */
export async function serve({ allowedOrigins = [] } = {}) {
  const kinesis = await startKinesis(['--port', await freePort(4567)]);
  try {
    await createStream(kinesis.endpoint);
    const worker = await startWorker(kinesis.endpoint, allowedOrigins);
    const stop = () => Promise.all([worker.stop(), kinesis.stop()]);
    return { kinesis: kinesis.endpoint, page: worker.address, stop };
  } catch (error) {
    await kinesis.stop();
    throw error;
  }
}

async function createStream(endpoint) {
  const { KinesisClient } = await import('kinesis-edge');
  const client = new KinesisClient({ region: REGION, endpoint, credentials: CREDENTIALS });
  await client.call('CreateStream', { StreamName: STREAM, ShardCount: 4 });
}

async function startWorker(kinesis, allowedOrigins) {
  const port = await freePort(8787);
  const variables = {
    AWS_REGION: REGION,
    STREAM_NAME: STREAM,
    KINESIS_ENDPOINT: kinesis,
    DEMO_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    DEMO_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    ALLOWED_ORIGINS: [`http://127.0.0.1:${port}`, `http://localhost:${port}`, ...allowedOrigins].join(','),
  };
  // It needs packages, which a fresh clone installs first.
  const { runWorker } = await import('./worker.mjs');
  return runWorker({ config: withEverything(), port: Number(port), variables });
}

/** The settings that `wrangler.toml` has as comments, switched on: a queue, and a limit of requests. The domain is not ours to have. */
function withEverything() {
  const text = readFileSync(join(top, 'wrangler.toml'), 'utf8')
    .replace(/^#\[\[routes\]\][^]*?\n\n/m, '')
    .replace(/^#(?=[[\w])/gm, '')
    .replace('"src/worker.js"', JSON.stringify(join(top, 'src', 'worker.js')))
    .replace('"./www"', JSON.stringify(join(top, 'www')));
  const file = join(top, 'target', 'wrangler.toml');
  mkdirSync(join(top, 'target'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** The port, or any free one where it is taken. */
async function freePort(wanted) {
  for (const port of [wanted, 0]) {
    const server = createServer();
    const listening = once(server, 'listening').then(() => true, () => false);
    server.listen(port, '127.0.0.1');
    if (!(await listening)) continue;
    const found = String(server.address().port);
    server.close();
    await once(server, 'close');
    return found;
  }
  throw new Stop('no free port on 127.0.0.1');
}
