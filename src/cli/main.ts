// npx kinesis-edge: reads the command line, runs a command, and ends with its exit code.
import { Command, CommanderError } from 'commander';
import { addDev } from './dev/dev.js';
import { AWS_EXIT_CODES, CommandFailure, EXIT_CODES, type ExitCodes, failureFrom } from './failure.js';
import { addPutRecord, addPutRecords } from './put-record.js';
import { addSend } from './send/command.js';
import { suggestionFor } from './suggestion.js';
import { addTail } from './tail/command.js';
import { VERSION } from './version.js';

/** The commands that the AWS CLI has as well. They have its exit codes. */
const COMMANDS_OF_AWS = ['put-record', 'put-records'];

process.stdout.on('error', endWithoutOutput);
// The command goes on when nobody reads its progress any more.
process.stderr.on('error', () => {});
process.exitCode = await run(process.argv);
await new Promise((resolve) => process.stdout.write('', resolve));
// A record that the command has given up may still wait for its next attempt.
process.exit();

/** A reader that has seen enough, such as `head`, closes the pipe. A full disk, for example, is a failure. */
function endWithoutOutput({ code, message }: NodeJS.ErrnoException): void {
  // Later, when a command that has just ended has set its exit code.
  if (code === 'EPIPE') return void setImmediate(() => process.exit());
  process.stderr.write(`kinesis-edge: the standard output cannot be written: ${message}\n`);
  process.exit(EXIT_CODES.other);
}

async function run(argv: string[]): Promise<number> {
  let usageError = '';
  const program = programWith((text) => (usageError += text));
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // A command that waits for its output to be read. `endWithoutOutput` ends the process.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return Number(process.exitCode ?? 0);
    return fail(error, argv[2] ?? '', usageError, program);
  }
}

function programWith(writeErr: (text: string) => void): Command {
  const program = new Command('kinesis-edge')
    .description('Sends records to Amazon Kinesis Data Streams, and shows what arrives.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .exitOverride()
    .configureOutput({ writeErr });
  for (const add of [addSend, addTail, addPutRecord, addPutRecords, addDev]) add(program);
  return program;
}

/** Prints why a command has ended, in one line. */
function fail(error: unknown, name: string, usageError: string, program: Command): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const own = program.commands.find((command) => command.name() === name);
  const failure =
    error instanceof CommanderError ? CommandFailure.usage(usageOf(error, usageError, own)) : failureFrom(error);
  const codes: ExitCodes = COMMANDS_OF_AWS.includes(name) ? AWS_EXIT_CODES : EXIT_CODES;
  const command =
    /^[a-z]/.test(name) && !failure.message.startsWith('unknown command') ? `kinesis-edge ${name}` : 'kinesis-edge';
  process.stderr.write(`${command}: ${failure.message}\n`);
  return codes[failure.kind];
}

/** The library's message in one line. Without a command it prints the help, of which the first line says what to do. */
function usageOf({ code, message }: CommanderError, usageError: string, command: Command | undefined): string {
  if (code === 'commander.help')
    return 'a command is missing: send, tail, put-record, put-records or dev (--help describes them)';
  const line = (usageError || message)
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (/Did you mean|must be|Allowed choices/.test(line)) return line;
  return `${line}${suggestionFor(line, command) || ' (--help describes the options)'}`;
}
