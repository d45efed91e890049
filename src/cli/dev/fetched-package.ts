import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CommandFailure } from '../failure.js';
import { oneLine } from '../one-line.js';

/** What npm has printed, and the reason why it has failed. */
interface Outcome {
  output: string;
  reason?: string;
}

/** The script of `kinesis-local` in npm's cache, where `npm exec` puts it. npm fetches it where it is not there. */
export async function fetchedScript(say: (line: string) => void): Promise<string> {
  const cached = scriptIn(await npmExec(['--offline']));
  if (cached !== undefined) return cached;
  say(`fetching ${PACKAGE} with npm, once; "npm install --save-dev ${PACKAGE}" keeps it in the project`);
  const outcome = await npmExec([]);
  const script = scriptIn(outcome);
  if (script !== undefined) return script;
  throw new CommandFailure(
    'other',
    `there is no local Kinesis, and npm could not fetch ${PACKAGE}: ${outcome.reason ?? 'it has not installed it'}: ` +
      `"npm install --save-dev ${PACKAGE}" needs npm's registry, as this does; --server PROGRAM needs nothing`,
  );
}

/** The folders of PATH that npm adds are those of its cache. */
function scriptIn({ output }: Outcome): string | undefined {
  const scripts = output.split(delimiter).map((folder) => join(folder, '..', 'kinesis-local', 'main.js'));
  return scripts.find(existsSync);
}

async function npmExec(options: string[]): Promise<Outcome> {
  const child = npm(['exec', ...options, '--yes', `--package=${PACKAGE}`, '--', 'node', '-p', 'process.env.PATH']);
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (errors += chunk));
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? { output: output.trim() } : { output: '', reason: reasonIn(errors) };
  } catch (error) {
    return { output: '', reason: `npm could not be started: ${(error as Error).message}` };
  }
}

function npm(words: string[]): ChildProcess {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return spawn(process.execPath, [script, ...words], { stdio });
  return spawn('npm', words, { stdio, shell: process.platform === 'win32' });
}

/** Of npm's lines the first in words. Codes stand before it, a trace and the place of the log after it. */
function reasonIn(errors: string): string | undefined {
  const lines = errors.split('\n').filter((line) => ERROR.test(line));
  const words = lines.map((line) => oneLine(line.replace(ERROR, ''))).filter((line) => line !== '');
  return words.find((line) => !CODE.test(line)) ?? words.at(-1);
}

const PACKAGE = 'kinesis-local@0.6';
/** Before version 10 `npm ERR!`. */
const ERROR = /^npm (?:error|ERR!)/;
const CODE = /^(?:code|syscall|errno|path|dest) \S+$/;
