import { addAbortSignal } from 'node:stream';
import type { ProducerOptions } from 'kinesis-edge';
import { type Command, Option } from 'commander';
import { type ConnectionOptions, addConnectionOptions, connect, endpointOf, profileOfKeys } from '../connection.js';
import { CommandFailure } from '../failure.js';
import { numberWithin } from '../number-option.js';
import { remedyFor } from '../remedy.js';
import { type StreamOptions, addStreamOptions, streamOf } from '../stream-option.js';
import { refuseCompressed } from './compressed.js';
import { type Input, inputOf } from './input.js';
import { Progress } from './progress.js';
import { RateLimit } from './rate-limit.js';
import type { RecordSettings } from './record.js';
import { Sender } from './sender.js';
import { StateFile } from './state-file.js';
import { printSummary } from './summary.js';

interface SendOptions extends ConnectionOptions, StreamOptions {
  partitionKey?: string;
  partitionKeyField?: string;
  format: RecordSettings['format'];
  newline?: boolean;
  aggregation: NonNullable<ProducerOptions['aggregation']>;
  ordering: NonNullable<ProducerOptions['ordering']>;
  rate?: number;
  badLines: 'stop' | 'skip';
  /** A path, or `false` with `--no-resume`. */
  resume?: string | false;
  restart?: boolean;
  giveUpAfter: number;
  recordBytesMax: number;
  output: 'text' | 'json';
}

export function addSend(program: Command): void {
  const command = program
    .command('send')
    .description(
      'send a file of JSON Lines, or the standard input, a record for each line; an interrupted run can be continued',
    )
    .argument('[file]', 'file of lines (default: the standard input)');
  addStreamOptions(command);
  command
    .option('--partition-key <key>', 'partition key of all records (default: a random one for each)')
    .option(
      '--partition-key-field <name>',
      'member of each line whose value is its partition key; user.id is one within another',
    )
    .addOption(choice('--format <format>', 'what lines are; text may be any in UTF-8', ['json-lines', 'text']))
    .option('--newline', 'end the data of each record with a line feed')
    .addOption(
      choice('--aggregation <mode>', "many lines in one Kinesis record, in the KPL's format", ['off', 'key', 'shard']),
    )
    .addOption(choice('--ordering <mode>', 'key: the lines of one partition key stay in order', ['none', 'key']))
    .option('--rate <lines>', 'lines a second, at most', numberWithin(0.1, 1_000_000, false))
    .addOption(choice('--bad-lines <action>', 'what happens at a line that cannot be a record', ['stop', 'skip']))
    .option(
      '--resume <file>',
      'where it is kept how much is acknowledged (default: FILE.kinesis-edge.json; none for the standard input)',
    )
    .option('--no-resume', 'store no progress: an interrupted run starts again from the beginning')
    .option('--restart', 'send all, although an earlier run was interrupted')
    .option(
      '--give-up-after <seconds>',
      'end if no line was acknowledged for this many seconds',
      numberWithin(1, 86_400),
      300,
    )
    .option(
      '--record-bytes-max <bytes>',
      'data and key of a record; at most 10485760, where the stream allows it',
      numberWithin(1, 10_485_760),
      1_048_576,
    )
    .addOption(choice('--output <format>', 'format of the summary', ['text', 'json']));
  addConnectionOptions(command).action(send);
}

/** An option with a few values, of which the first is the default. */
function choice(flags: string, description: string, values: string[]): Option {
  return new Option(flags, description).choices(values).default(values[0]);
}

async function send(path: string | undefined, options: SendOptions): Promise<void> {
  checkTogether(options);
  const { StreamName, StreamARN } = streamOf(options);
  const input = inputOf(path);
  const client = await connect(options);
  const destination = {
    stream: (StreamARN ?? StreamName) as string,
    region: client.region,
    endpoint: endpointOf(options) ?? null,
    profile: profileOfKeys(options),
  };
  const statePath = options.resume === false ? undefined : (options.resume ?? input.statePath);
  const state = statePath === undefined ? undefined : new StateFile(statePath, destination);
  const saved = await state?.read(options.restart ?? false);
  if (saved && saved.offset > 0)
    note(`goes on after line ${saved.lines}, where an earlier run was interrupted (${statePath})`);
  const { aggregation, ordering, badLines, giveUpAfter } = options;
  const rate = new RateLimit(options.rate ?? Infinity);
  let progress: Progress | undefined;
  const say = (line: string) => (progress ? progress.say(line) : note(line));
  const sender = new Sender({
    // One of the two is there.
    producer: { ...client, streamName: StreamName as string, streamARN: StreamARN, aggregation, ordering },
    records: { ...options, newline: options.newline ?? false },
    ...{ rate, badLines, giveUpAfterMs: giveUpAfter * 1000, state, saved, say },
  });
  progress = new Progress(input.size, () => sender.snapshot);
  await run(sender, input, progress);
  printSummary(sender, { input: input.name, stream: destination.stream, format: options.output, from: saved });
  end(sender, state);
}

async function run(sender: Sender, input: Input, progress: Progress): Promise<void> {
  const stopListening = abortAtSignals(sender, progress);
  sender.signal.addEventListener('abort', () => input.unblock?.());
  try {
    await sender.run(refuseCompressed(addAbortSignal(sender.signal, input.open()), input.path));
  } finally {
    stopListening();
    progress.end();
  }
}

/** What only makes sense, or no sense, with another option. */
function checkTogether({ ordering, partitionKey, partitionKeyField, format, resume, restart }: SendOptions): void {
  if (partitionKey !== undefined && partitionKeyField !== undefined)
    throw CommandFailure.usage('--partition-key cannot be combined with --partition-key-field: give one of them');
  if (format === 'text' && partitionKeyField !== undefined)
    throw CommandFailure.usage(
      '--partition-key-field needs lines of JSON: leave out --format text, or give --partition-key',
    );
  if (ordering === 'key' && partitionKey === undefined && partitionKeyField === undefined)
    throw CommandFailure.usage(
      '--ordering key keeps the order of a partition key: give --partition-key-field or --partition-key',
    );
  if (partitionKey === '' || [...(partitionKey ?? '')].length > 256)
    throw CommandFailure.usage('--partition-key must have 1 to 256 characters');
  if (resume === false && restart)
    throw CommandFailure.usage('--restart cannot be combined with --no-resume: leave one of them out');
}

/** The first signal lets requests on their way be acknowledged, the second ends at once. */
function abortAtSignals(sender: Sender, progress: Progress): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (sender.signal.aborted) {
      progress.end();
      process.exit(EXIT_CODES_OF_SIGNALS[signal]);
    }
    sender.abort({ reason: `interrupted by ${signal}`, signal });
  };
  const signals = Object.keys(EXIT_CODES_OF_SIGNALS) as NodeJS.Signals[];
  for (const signal of signals) process.on(signal, onSignal);
  return () => signals.forEach((signal) => process.off(signal, onSignal));
}

/** Says why not all was sent, and sets the exit code. */
function end({ stop, acknowledgements: { position, skipped } }: Sender, state: StateFile | undefined): void {
  if (stop) {
    const hasState = state && position && position.offset > 0;
    const advice = stop.cause === undefined ? '' : remedyFor(stop.cause);
    const remedy = hasState ? `; the same command goes on after line ${position.lines}` : '';
    if (!stop.signal) throw new CommandFailure('other', `${stop.reason}${advice}${remedy}`);
    note(`${stop.reason}${remedy}`);
    process.exitCode = EXIT_CODES_OF_SIGNALS[stop.signal];
  } else if (skipped > 0) process.exitCode = 1;
}

function note(line: string): void {
  process.stderr.write(`kinesis-edge send: ${line}\n`);
}

/** 128 and the number of the signal, as shells have it. */
const EXIT_CODES_OF_SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
