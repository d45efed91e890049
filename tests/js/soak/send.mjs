// A million lines through `kinesis-edge send`, which is killed three times: all arrive, in the order of the file per key, and the
// memory of its processes stays flat.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, deaggregate } from 'kinesis-edge';
import { Stop, command, say } from '../../../xtask/say.mjs';
import { at, startCli } from '../cli/run.mjs';
import { startKinesis } from '../servers.mjs';

const LINES = Number(process.env.LINES ?? 1_000_000);
/** After each tenth of the lines, so that the last run is long enough to see its memory. */
const KILLS = 3;
const KEYS = 1000;
const MIB = 1024 * 1024;
/** Five seconds. */
const FILLED_AFTER_SAMPLES = 50;

await command(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kinesis-edge-soak-'));
  // Without the limits of shards: what is measured is the command.
  const kinesis = await startKinesis(['--no-limits']);
  try {
    const client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'SOAK', secretAccessKey: 's' } });
    await client.call('CreateStream', { StreamName: 's', ShardCount: 4 });
    const path = join(folder, 'events.jsonl');
    const bytes = await writeLines(path);
    say(`${LINES} lines, ${(bytes / MIB).toFixed(0)} MiB, ${KEYS} partition keys`);
    const words = ['send', path, '--stream-name', 's', '--partition-key-field', 'userId', '--ordering', 'key', '--aggregation', 'key', '--output', 'json'];
    for (let kill = 1; kill <= KILLS; kill += 1) await sendAndKill(words, kinesis, path, (LINES * kill) / 10);
    await sendTheRest(words, kinesis);
    await readBack(client);
  } finally {
    await kinesis.stop();
    rmSync(folder, { recursive: true });
  }
});

async function writeLines(path) {
  const file = await open(path, 'w');
  let bytes = 0;
  for (let from = 0; from < LINES; from += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, LINES - from) }, (_, index) => lineOf(from + index));
    bytes += (await file.write(lines.join(''))).bytesWritten;
  }
  await file.close();
  return bytes;
}

function lineOf(n) {
  return `${JSON.stringify({ userId: `user-${(n * 7919) % KEYS}`, n, path: `/products/${n % 977}`, event: 'page_view', at: 1_800_000_000_000 + n })}\n`;
}

/** Runs the command until so many lines are acknowledged, and kills it. */
async function sendAndKill(words, kinesis, path, lines) {
  const running = startCli(words, at(kinesis));
  const memory = watchMemory(running.child.pid);
  const state = `${path}.kinesis-edge.json`;
  while (acknowledged(state) < lines) {
    if (running.child.exitCode !== null) throw new Stop(`it ended by itself: ${running.output.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  running.kill('SIGKILL');
  await running.exited;
  say(`killed after ${acknowledged(state)} lines were acknowledged; ${memory.end().text}`);
}

async function sendTheRest(words, kinesis) {
  const running = startCli(words, at(kinesis));
  const memory = watchMemory(running.child.pid);
  const { code, stdout, stderr } = await running.exited;
  if (code !== 0) throw new Stop(stderr);
  const { delivered, fromLine, requests, retried, seconds } = JSON.parse(stdout);
  const rate = Math.round(delivered / seconds);
  const { text, early, late } = memory.end();
  say(`the rest: ${delivered} lines from line ${fromLine} in ${seconds.toFixed(1)} s, ${rate} lines/s, ${requests} requests, ${retried} retries; ${text}`);
  if (late > early * 1.25) throw new Stop('memory grows');
}

function acknowledged(state) {
  try {
    return JSON.parse(readFileSync(state, 'utf8')).lines;
  } catch {
    return 0;
  }
}

/** Samples the memory of a process in MiB, ten times a second. Its first seconds, in which its buffers fill, do not count. */
function watchMemory(pid) {
  const samples = [];
  const timer = setInterval(() => samples.push(memoryOf(pid)), 100);
  const end = () => {
    clearInterval(timer);
    const counted = samples.slice(FILLED_AFTER_SAMPLES);
    const half = Math.ceil(counted.length / 2);
    const [early, late] = [counted.slice(0, half), counted.slice(half)].map((part) => Math.max(0, ...part));
    const halves = counted.length > 1 ? `, of which ${early.toFixed(0)} in the first half and ${late.toFixed(0)} in the second` : '';
    return { early, late, text: `memory of the process ${Math.max(...samples).toFixed(0)} MiB at most${halves}` };
  };
  return { end };
}

/** 0 where it has ended. */
function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Compares what the stream holds with the file: each line at least once, its first copy in the order of its key. */
async function readBack(client) {
  const seen = new Uint8Array(LINES);
  const last = new Map();
  let copies = 0;
  let misplaced = 0;
  const onLine = (key, text) => {
    const { n } = JSON.parse(text);
    if (`${text}\n` !== lineOf(n)) throw new Stop(`a line is not as it was sent: ${text}`);
    copies += 1;
    if (seen[n]) return;
    seen[n] = 1;
    if (n < (last.get(key) ?? -1)) misplaced += 1;
    last.set(key, n);
  };
  const { Shards } = await client.listShards({ StreamName: 's' });
  for (const { ShardId } of Shards) await readShard(client, ShardId, onLine);
  const missing = seen.reduce((sum, isSeen) => sum + (1 - isSeen), 0);
  say(`read back: ${LINES - missing} of ${LINES} lines, ${copies - (LINES - missing)} further copies, ${misplaced} out of order`);
  if (missing > 0 || misplaced > 0) throw new Stop('lines are missing or out of order');
}

async function readShard(client, ShardId, onLine) {
  let { ShardIterator } = await client.call('GetShardIterator', { StreamName: 's', ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  for (let more = true; more; ) {
    const answer = await client.call('GetRecords', { ShardIterator });
    for (const { PartitionKey, Data } of answer.Records)
      for (const { partitionKey, data } of deaggregate({ partitionKey: PartitionKey, data: Buffer.from(Data, 'base64') })) onLine(partitionKey, Buffer.from(data).toString());
    ShardIterator = answer.NextShardIterator;
    more = answer.Records.length > 0;
  }
}
