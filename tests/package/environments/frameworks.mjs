// Frameworks that render on a server: an app of apps/ puts from its page, in Chromium, and from a route of its server.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { top } from '../../../xtask/say.mjs';
import { output, serve } from '../tools.mjs';

const PLACES = ['page', 'server'];
const HOST = ['--host', '127.0.0.1', '--port', '0'];
const NODE_HOST = { HOST: '127.0.0.1', PORT: '0' };
const VITE = 'node_modules/vite/bin/vite.js';
const NUXT = 'node_modules/nuxt/bin/nuxt.mjs';
const ASTRO = 'node_modules/astro/bin/astro.mjs';
const NEXT = 'node_modules/next/dist/bin/next';
const NEXT_HOST = ['--hostname', '127.0.0.1', '--port', '0'];
/** Its own version, since a framework's adapter asks for a newer one than the package's. */
const WRANGLER = ['node_modules/wrangler/bin/wrangler.js', 'dev', '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'];

/**
 * - `app`: its folder in apps/; `put`: the file of it that is put.js of app/.
 * - `files`: files of a variant, beside those of the app or in place of them.
 * - `without`: files and folders of the app that a variant does without.
 * - `places`: those that put: the page, and the routes of the server that are named after the others.
 * - `build`: arguments of Node that build the app; none for a development server.
 * - `moved`: what the build has written that is run on its own, in a folder where nothing else is.
 * - `start`, `env`: arguments of Node that start its server, and the environment of that.
 * - `base`: the path below which the app is served.
 */
const environment = ({ name, tools, tool, places = PLACES, ...app }) => ({ name, tools, tool, places, run: (world) => run({ places, ...app }, world) });

async function run({ app, put, files = {}, without = [], places, build, moved, start, env = {}, base = '' }, world) {
  writeApp(world.folder, app, put, files);
  for (const path of without) rmSync(join(world.folder, path), { recursive: true });
  if (build) await output('node', build, { cwd: world.folder });
  const elsewhere = moved && mkdtempSync(join(tmpdir(), 'kinesis-edge-'));
  if (moved) cpSync(join(world.folder, moved), elsewhere, { recursive: true, verbatimSymlinks: true });
  try {
    await useServer({ cwd: elsewhere ?? world.folder, start, env, places, base }, world);
  } finally {
    if (elsewhere) rmSync(elsewhere, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function useServer({ cwd, start, env, places, base }, world) {
  const server = await serve('node', start, { cwd, env });
  try {
    for (const place of places) await putFrom(place, `${server.address}${base}`, world, server);
  } finally {
    await server.stop();
  }
}

/** The files of the app, and nothing of what the other environments bring. */
function writeApp(folder, app, put, files) {
  for (const name of readdirSync(folder)) if (!['node_modules', 'package.json'].includes(name)) rmSync(join(folder, name), { recursive: true });
  cpSync(join(top, 'tests', 'package', 'apps', app), folder, { recursive: true });
  mkdirSync(dirname(join(folder, put)), { recursive: true });
  cpSync(join(top, 'tests', 'package', 'app', 'put.js'), join(folder, put));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

async function putFrom(place, address, { endpoint, text, openPage }, server) {
  if (place === 'page') return openPage(`${address}/`, `${text}: page`);
  const response = await fetch(`${address}/${place}?${new URLSearchParams({ endpoint, text: `${text}: ${place}` })}`);
  const answer = await response.text();
  if (answer !== 'put') throw new Error(`${response.status} ${answer.slice(0, 2000)}\n${server.printed().slice(-4000)}`);
}

const SVELTEKIT = { tools: 'sveltekit', tool: '@sveltejs/kit', app: 'sveltekit', put: 'src/lib/put.js' };
const SVELTEKIT_BUILT = { ...SVELTEKIT, build: [VITE, 'build'], start: ['build/index.js'], env: NODE_HOST };
const sveltekit = (options) => `import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';

export default { plugins: [sveltekit({ adapter: adapter(), ${options} })] };
`;
/** Version 2, as long as the adapter is for no later one. */
const SVELTEKIT_CLOUDFLARE = {
  'vite.config.js': "import { sveltekit } from '@sveltejs/kit/vite';\n\nexport default { plugins: [sveltekit()] };\n",
  'svelte.config.js': "import adapter from '@sveltejs/adapter-cloudflare';\n\nexport default { kit: { adapter: adapter() } };\n",
  'wrangler.jsonc': JSON.stringify({ name: 'package', main: '.svelte-kit/cloudflare/_worker.js', compatibility_date: '2026-04-01', compatibility_flags: ['nodejs_als'], assets: { binding: 'ASSETS', directory: '.svelte-kit/cloudflare' } }),
};

const NUXT_APP = { tools: 'nuxt', tool: 'nuxt', app: 'nuxt', put: 'shared/put.js' };
const NUXT_BUILT = { ...NUXT_APP, build: [NUXT, 'build'], moved: '.output', start: ['server/index.mjs'], env: NODE_HOST };
const nuxt = (options) => `export default defineNuxtConfig({ compatibilityDate: '2026-04-01', ${options} });\n`;
/** Nitro reads the options of wrangler.toml, from the folder or from one above it. */
const nuxtCloudflare = (wasm) => ({
  'nuxt.config.mjs': nuxt(`nitro: { preset: 'cloudflare_module', cloudflare: { deployConfig: true, nodeCompat: true }, experimental: { wasm: ${wasm} } }`),
  'wrangler.toml': 'name = "package"\n',
});

const ASTRO_APP = { tools: 'astro', tool: 'astro', app: 'astro', put: 'src/lib/put.js' };
const ASTRO_BUILT = { ...ASTRO_APP, build: [ASTRO, 'build'], start: ['dist/server/entry.mjs'], env: NODE_HOST };
const astro = (adapter, options) => `import adapter from '@astrojs/${adapter}';
import { defineConfig } from 'astro/config';

export default defineConfig({ output: 'server', ${options} });
`;

const NEXT_APP = { tools: 'next', tool: 'next', app: 'next', put: 'app/put.js' };
/** The edge runtime may compile no bytes: it has an entry of its own. */
const WITH_EDGE = [...PLACES, 'edge'];

export const FRAMEWORKS = [
  { name: 'SvelteKit, development server', ...SVELTEKIT, start: [VITE, 'dev', ...HOST] },
  { name: 'SvelteKit, built for Node', ...SVELTEKIT_BUILT },
  { name: 'SvelteKit, built with the base /sub', ...SVELTEKIT_BUILT, base: '/sub', files: { 'vite.config.js': sveltekit("paths: { base: '/sub' }") } },
  { name: 'SvelteKit, the package within its bundle', ...SVELTEKIT_BUILT, files: { 'package.json': '{ "private": true, "type": "module" }' } },
  { name: 'SvelteKit 2, built for Cloudflare', ...SVELTEKIT_BUILT, tools: 'sveltekit-cloudflare', files: SVELTEKIT_CLOUDFLARE, start: WRANGLER, env: {} },
  { name: 'Nuxt, development server', ...NUXT_APP, start: [NUXT, 'dev', ...HOST] },
  { name: 'Nuxt, built for Node', ...NUXT_BUILT },
  { name: 'Nuxt, built with the base /sub/', ...NUXT_BUILT, base: '/sub', files: { 'nuxt.config.mjs': nuxt("app: { baseURL: '/sub/' }") } },
  { name: 'Nuxt, built for Cloudflare', ...NUXT_BUILT, files: nuxtCloudflare(true), tools: 'nuxt-cloudflare', moved: undefined, start: [...WRANGLER, '--config', '.output/server/wrangler.json'], env: {} },
  { name: 'Astro, development server', ...ASTRO_APP, start: [ASTRO, 'dev', ...HOST] },
  { name: 'Astro, built for Node', ...ASTRO_BUILT },
  { name: 'Astro, built with the base /sub', ...ASTRO_BUILT, base: '/sub', files: { 'astro.config.mjs': astro('node', "adapter: adapter({ mode: 'standalone' }), base: '/sub'") } },
  { name: 'Astro, built for Cloudflare', ...ASTRO_BUILT, tools: 'astro-cloudflare', files: { 'astro.config.mjs': astro('cloudflare', 'adapter: adapter()') }, start: [...WRANGLER, '--config', 'dist/server/wrangler.json'], env: {} },
  { name: 'Next.js, development server', ...NEXT_APP, places: WITH_EDGE, start: [NEXT, 'dev', ...NEXT_HOST] },
  { name: 'Next.js, built by Turbopack', ...NEXT_APP, places: WITH_EDGE, build: [NEXT, 'build'], start: [NEXT, 'start', ...NEXT_HOST] },
  { name: 'Next.js, built with the base /sub', ...NEXT_APP, places: WITH_EDGE, base: '/sub', files: { 'next.config.mjs': "export default { basePath: '/sub' };\n" }, build: [NEXT, 'build'], start: [NEXT, 'start', ...NEXT_HOST] },
  { name: 'Next.js, built as a server on its own', ...NEXT_APP, places: ['server'], files: { 'next.config.mjs': "export default { output: 'standalone', outputFileTracingRoot: import.meta.dirname };\n" }, build: [NEXT, 'build'], moved: '.next/standalone', start: ['server.js'], env: { HOSTNAME: '127.0.0.1', PORT: '0' } },
  // By webpack Next.js builds no route for the edge runtime beside a page that is a client component, whatever the route imports.
  { name: 'Next.js, built by webpack', ...NEXT_APP, without: ['app/edge'], build: [NEXT, 'build', '--webpack'], start: [NEXT, 'start', ...NEXT_HOST] },
].map(environment);

/** The one step that is left: without it the build has to name it. */
FRAMEWORKS.push({
  name: 'Nuxt, built for Cloudflare without its step',
  tools: 'nuxt-cloudflare',
  tool: 'nuxt',
  putsNothing: true,
  run: async ({ folder }) => {
    writeApp(folder, NUXT_APP.app, NUXT_APP.put, nuxtCloudflare(false));
    const printed = /"(KinesisClient|Producer)" is not exported by "node_modules\/kinesis-edge\/dist\/set-nitro-experimental-wasm\.js"/;
    await assert.rejects(output('node', NUXT_BUILT.build, { cwd: folder }), { printed });
  },
});
