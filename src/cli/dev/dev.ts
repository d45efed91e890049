import { Kinesis, ResourceNotFoundException } from 'kinesis-edge';
import { nodeFetch } from 'kinesis-edge/node';
import { type Command, Option } from 'commander';
import { CommandFailure } from '../failure.js';
import { numberWithin } from '../number-option.js';
import { RecordOutput } from '../tail/output.js';
import { StreamReader, type StreamReaderOptions } from '../tail/stream-reader.js';
import { createStream } from './create-stream.js';
import { warningOfDevVars } from './dev-vars.js';
import { listenToKeys } from './fault-keys.js';
import { FaultProxy } from './fault-proxy.js';
import { type Faults, NO_FAULTS, describeFaults, readFault } from './fault.js';
import { type LocalKinesis, startLocalKinesis } from './local-kinesis.js';
import { Program } from './program.js';

interface DevOptions {
  port: number;
  shards: number;
  streamName: string;
  fault: Faults;
  server?: string;
  json?: boolean;
}

export function addDev(program: Command): void {
  program
    .command('dev')
    .description(
      'a local Kinesis with a stream, on 127.0.0.1: prints the records that arrive, and has faults on demand',
    )
    .argument('[program...]', 'after --, a program and its arguments: it finds the stream, and dev ends when it does')
    .option('--stream-name <name>', 'name of the stream that is created', 'clicks')
    .option('--shards <count>', 'its shards', numberWithin(1, 50), 1)
    .option('--port <number>', 'port to listen on; 0 is any free one', numberWithin(0, 65_535), 4567)
    .addOption(
      new Option('--fault <kind=amount>', 'throttle, record, error, lost or offline=SHARE, or delay=MS; repeatable')
        .argParser(readFault)
        .default(NO_FAULTS, 'none'),
    )
    .addOption(
      new Option('--server <program>', 'the program kinesis-server of a clone, where it is not found by itself').env(
        'KINESIS_EDGE_SERVER',
      ),
    )
    .option('--json', 'a line of JSON for each record')
    .action(dev);
}

async function dev(program: string[], options: DevOptions): Promise<void> {
  const kinesis = await startLocalKinesis(options.server, note);
  try {
    await serve(kinesis, program, options);
  } finally {
    kinesis.stop();
  }
}

async function serve(
  kinesis: LocalKinesis,
  program: string[],
  { port, shards, streamName, fault, json }: DevOptions,
): Promise<void> {
  const proxy = await FaultProxy.start(kinesis.endpoint, port);
  const ended = new AbortController();
  try {
    // Past the faults.
    const client = new Kinesis({
      region: REGION,
      endpoint: kinesis.endpoint,
      credentials: KEYS,
      fetch: nodeFetch,
    });
    await Promise.race([createStream(client, streamName, shards), unexpectedEnd(kinesis)]);
    proxy.faults = fault;
    const output = new RecordOutput(json ?? false);
    const from = { ShardIteratorType: 'TRIM_HORIZON' } as const;
    const onRecords: StreamReaderOptions['onRecords'] = (records) => output.print(records);
    const stream = { StreamName: streamName };
    const reader = new StreamReader(
      { client, stream, from, isFollowing: true, onRecords, onTrouble: note },
      ended.signal,
    );
    await reader.open();
    printStart(kinesis, proxy, streamName, shards);
    const failing = Promise.race([untilDeleted(reader.done()), unexpectedEnd(kinesis)]);
    if (program.length > 0) await runProgram(program, proxy, reader, failing);
    else await Promise.race([failing, endOfUser(proxy)]);
  } finally {
    ended.abort();
    proxy.stop();
  }
}

/** Resolves when the user wants to end it. */
function endOfUser(proxy: FaultProxy): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve);
    listenToKeys(proxy, note, resolve);
  });
}

/** Runs a program to its end, prints the records that it has put, and exits with its exit code. */
async function runProgram(
  words: string[],
  proxy: FaultProxy,
  reader: StreamReader,
  failing: Promise<void>,
): Promise<void> {
  const warning = await warningOfDevVars(proxy.endpoint);
  if (warning) note(warning);
  const program = new Program(words, variablesOf(proxy));
  for (const signal of SIGNALS) process.on(signal, () => program.signal(signal));
  try {
    process.exitCode = await Promise.race([program.ended, failing.then(() => 1)]);
  } finally {
    program.signal('SIGTERM');
  }
  await reader.finish().catch(passDeleted);
}

/** Never settles once the stream is deleted, as tests do at their end: that is no failure of the program. */
async function untilDeleted(reading: Promise<void>): Promise<void> {
  await reading.catch((error: unknown) => {
    passDeleted(error);
    note('the stream was deleted: records are not printed any more');
    return new Promise<never>(() => {});
  });
}

function passDeleted(error: unknown): void {
  if (!(error instanceof ResourceNotFoundException)) throw error;
}

async function unexpectedEnd({ name, ended }: LocalKinesis): Promise<never> {
  await ended;
  throw new CommandFailure('other', `${name} has ended by itself`);
}

function printStart({ name }: LocalKinesis, proxy: FaultProxy, streamName: string, shards: number): void {
  note(
    `${name} listens on ${proxy.endpoint}: stream ${streamName}, ${shards} ${shards === 1 ? 'shard' : 'shards'}, faults: ${describeFaults(proxy.faults)}`,
  );
  const words = Object.entries(variablesOf(proxy)).map(([variable, value]) => `${variable}=${value}`);
  note(`export ${words.join(' ')}`);
}

/** Where it listens, as variables that the package, the AWS CLI and the SDKs read. */
function variablesOf({ endpoint }: FaultProxy): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_KINESIS: endpoint,
    AWS_REGION: REGION,
    // boto3 reads no other.
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  };
}

function note(line: string): void {
  process.stderr.write(`kinesis-edge dev: ${line}\n`);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const REGION = 'us-east-1';
/** A local Kinesis takes any keys. */
const KEYS = { accessKeyId: 'local', secretAccessKey: 'local' };
