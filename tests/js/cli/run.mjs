// The command of dist/, as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { top } from '../../../xtask/say.mjs';

export const PROGRAM = join(top, 'dist', 'cli.js');
/** A word that no output may contain. */
export const SECRET = 'do-not-print-this-secret';
export const KEYS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'CLI', AWS_SECRET_ACCESS_KEY: SECRET };
/** Nobody's profiles, and no metadata service of a machine. */
const home = mkdtempSync(join(tmpdir(), 'kinesis-edge-home-'));
const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));

/**
 * Starts the command. `exited` resolves to its exit code, signal and output; `input` is its standard input, `'open'` keeps that
 * open for the test to write to.
 */
export function startCli(words, { env = KEYS, input = '', cwd, program = PROGRAM, before = [], detached = false } = {}) {
  const [first, ...rest] = [...before, process.execPath, program, ...words];
  const child = spawn(first, rest, { detached, cwd, env: { ...bare, HOME: home, USERPROFILE: home, AWS_EC2_METADATA_DISABLED: 'true', ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  // A command that has ended reads no more.
  child.stdin.on('error', () => {});
  if (input !== 'open') child.stdin.end(input);
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  return { child, output, exited, kill: (signal) => child.kill(signal) };
}

/** Starts the command in a terminal, by Python's own module for it. Both of its outputs are the standard output here. */
export function startInTerminal(words, options) {
  const program = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
  return startCli(words, { input: 'open', before: ['python3', '-c', program], ...options });
}

/** Runs the command to its end. */
export function cli(words, options) {
  return startCli(words, options).exited;
}

/** The environment for an endpoint. */
export function at({ endpoint }, env = {}) {
  return { env: { ...KEYS, AWS_ENDPOINT_URL_KINESIS: endpoint, ...env } };
}
