import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../failure.js';
import { fetchedScript } from './fetched-package.js';

/** A Kinesis on this machine. It runs in a child process, which ends when this process ends. */
export interface LocalKinesis {
  /** What it is, in words. */
  name: string;
  endpoint: string;
  /** Settles when the process has ended. */
  ended: Promise<unknown>;
  stop: () => void;
}

/**
 * Starts a local Kinesis, the first of these that exists: the program that the user has named; the embedded Kinesis, if
 * this is a clone of the repository in which it is built; the installed package `kinesis-local`. Otherwise npm fetches
 * that package.
 */
export async function startLocalKinesis(
  program: string | undefined,
  say: (line: string) => void,
): Promise<LocalKinesis> {
  const embedded = program ?? [EMBEDDED].find(existsSync);
  if (embedded !== undefined) return startEmbedded(embedded);
  const script = installedScript() ?? (await fetchedScript(say));
  return startPackage(script);
}

/** The server of this repository: says where it listens in a line of JSON. */
async function startEmbedded(program: string): Promise<LocalKinesis> {
  const child = spawn(program, ['--exit-with-stdin'], { stdio: 'pipe', detached: DETACHED });
  prefix(child.stderr, 'kinesis-server');
  const started = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([started, failed(child, `--server ${program}`)]);
  return { name: 'the embedded Kinesis', endpoint: JSON.parse(line).endpoint, ...endOf(child) };
}

/** `kinesis-local` listens on all interfaces by itself: a module that is loaded first keeps it on loopback. */
async function startPackage(script: string): Promise<LocalKinesis> {
  const [plain, tls] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    KINESIS_MOCK_PLAIN_PORT: String(plain),
    KINESIS_MOCK_TLS_PORT: String(tls),
    LOG_LEVEL: 'ERROR',
  };
  const words = ['--import', `data:text/javascript,${encodeURIComponent(ON_LOOPBACK)}`, script];
  const child = spawn(process.execPath, words, {
    cwd: dirname(script),
    env,
    stdio: 'pipe',
    detached: DETACHED,
  });
  prefix(child.stdout, 'kinesis-local');
  prefix(child.stderr, 'kinesis-local');
  const endpoint = `http://127.0.0.1:${plain}`;
  await Promise.race([answering(endpoint), failed(child, 'kinesis-local')]);
  return { name: 'kinesis-local', endpoint, ...endOf(child) };
}

function endOf(child: ChildProcess): Pick<LocalKinesis, 'ended' | 'stop'> {
  const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  return { ended, stop: () => void child.stdin?.end() };
}

/** Rejects when the process has ended, or could not be started. */
async function failed(child: ChildProcess, what: string): Promise<never> {
  const reason = await once(child, 'exit').then(
    ([code]) => `it ended with exit code ${code}`,
    (error) => (error as Error).message,
  );
  throw new CommandFailure('other', `${what} could not be started: ${reason}`);
}

async function answering(endpoint: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${endpoint}/healthcheck`).catch(() => undefined);
    if (answer) return;
    await setTimeout(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The package beside this one, or in the current folder. */
function installedScript(): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve('kinesis-local');
    } catch {
      // The package is not installed.
    }
  }
  return undefined;
}

/** Writes what a server says to the standard error, with its name: the standard output is for the records. */
function prefix(output: Readable, name: string): void {
  createInterface(output).on('line', (line) => {
    if (line.trim() !== '') process.stderr.write(`${name}: ${line.trim()}\n`);
  });
}

/**
 * Built by `npm start` in a clone of the repository; the package does not carry it, as it is a program of one platform.
 */
const EMBEDDED = fileURLToPath(new URL('../target/release/kinesis-server', import.meta.url));
/** Out of reach of the terminal's Ctrl-C, which this process answers. */
const DETACHED = process.platform !== 'win32';
/** Ends the child process when its standard input ends, which happens when this process dies. */
const ON_LOOPBACK = `import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  const address = typeof args[0] === 'object' && args[0] !== null ? args[0] : { port: args[0] };
  const callback = args.find((value) => typeof value === 'function');
  return listen.call(this, { ...address, host: '127.0.0.1' }, callback);
};
process.stdin.resume().on('end', () => process.exit());`;
