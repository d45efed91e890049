// What the commands print, and how they run other programs.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's top folder. */
export const top = fileURLToPath(new URL('..', import.meta.url));

/**
 * The environment of every program: the packages' own commands come first, among them the `node` that wrangler needs. Region,
 * credentials and endpoints of the user's environment are left out, because the package would use them.
 */
export const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^AWS_(ACCESS|SECRET|SESSION|CREDENTIAL|REGION|DEFAULT_REGION|ENDPOINT|PROFILE)/.test(name))),
  PATH: [join(top, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
};

/** On Windows the commands of npm's packages are scripts, which only a shell runs. */
export const NEEDS_SHELL = process.platform === 'win32';

const started = performance.now();

/** One line of progress, with the seconds since the command was started. */
export function say(line) {
  console.log(`[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

/** A failure that needs no stack: one line says what is wrong or missing. `output` is what the program printed that failed, where it is known. */
export class Stop extends Error {
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

/** Runs `main`; a `Stop` becomes one line and exit code 1. */
export async function command(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Stop ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/**
 * Runs a program to its end and shows what it prints; with `quiet` only if it fails, with `silent` not even then. `missing` is
 * the line to stop with where there is no such program. After `timeoutMs` it is ended.
 */
export async function run(program, args, options) {
  return (await finished(program, args, options)).all;
}

/** What a program writes to its standard output alone: what it says beside that, on its standard error, is no part of it. */
export async function outputOf(program, args, options) {
  return (await finished(program, args, { ...options, quiet: true })).stdout;
}

function finished(program, args, { env = {}, cwd = top, quiet = false, silent = false, missing, timeoutMs } = {}) {
  const child = spawn(program, args, { cwd, env: { ...environment, ...env }, stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'], shell: NEEDS_SHELL, timeout: timeoutMs });
  let stdout = '';
  let all = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
    all += chunk;
  });
  child.stderr?.on('data', (chunk) => (all += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Stop(error.code === 'ENOENT' && missing ? missing : `${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve({ stdout, all });
      if (quiet && !silent) process.stderr.write(all);
      const how = child.killed ? `not done within ${timeoutMs} ms` : (signal ?? `exit code ${code}`);
      reject(new Stop(`failed (${how}): ${program} ${args.join(' ')}`, all));
    });
  });
}
