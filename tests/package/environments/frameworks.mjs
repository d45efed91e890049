// Frameworks that render on a server: an app of apps/ puts from its page, in Chromium, and from a route of its server.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { top } from '../../../xtask/say.mjs';
import { output, serve } from '../tools.mjs';

const PLACES = ['page', 'server'];

/** The files of an app, and nothing of what the other environments bring; `put` is the app's file that has put.js of app/. */
function writeApp(folder, app, put) {
  for (const name of readdirSync(folder)) if (name !== 'node_modules' && name !== 'package.json') rmSync(join(folder, name), { recursive: true });
  cpSync(join(top, 'tests', 'package', 'apps', app), folder, { recursive: true });
  mkdirSync(dirname(join(folder, put)), { recursive: true });
  cpSync(join(top, 'tests', 'package', 'app', 'put.js'), join(folder, put));
}

/** Starts the app's server, and puts from each of its places: from the page, and from the routes that are named after the others. */
async function putFrom(places, { folder, endpoint, text, openPage }, args, env) {
  const server = await serve('node', args, { cwd: folder, env });
  try {
    for (const place of places) {
      if (place === 'page') await openPage(`${server.address}/`, `${text}: page`);
      else await ask(server, `/${place}?${new URLSearchParams({ endpoint, text: `${text}: ${place}` })}`);
    }
  } finally {
    await server.stop();
  }
}

async function ask(server, path) {
  const response = await fetch(`${server.address}${path}`);
  const answer = await response.text();
  if (answer !== 'put') throw new Error(`${response.status} ${answer.slice(0, 2000)}\n${server.printed().slice(-4000)}`);
}

const HOST = ['--host', '127.0.0.1', '--port', '0'];
const HOST_BY_ENV = { HOST: '127.0.0.1', PORT: '0' };
const VITE = 'node_modules/vite/bin/vite.js';
const NUXT = 'node_modules/nuxt/bin/nuxt.mjs';
const ASTRO = 'node_modules/astro/bin/astro.mjs';
const NEXT = 'node_modules/next/dist/bin/next';

const developed = (app, put, places, args) => async (environment) => {
  writeApp(environment.folder, app, put);
  await putFrom(places, environment, args, {});
};

const built = (app, put, places, build, args, env) => async (environment) => {
  writeApp(environment.folder, app, put);
  await output('node', build, { cwd: environment.folder });
  await putFrom(places, environment, args, env);
};

export const FRAMEWORKS = [
  { name: 'SvelteKit, development server', tools: 'sveltekit', tool: '@sveltejs/kit', places: PLACES, run: developed('sveltekit', 'src/lib/put.js', PLACES, [VITE, 'dev', ...HOST]) },
  { name: 'SvelteKit, built for Node', tools: 'sveltekit', tool: '@sveltejs/kit', places: PLACES, run: built('sveltekit', 'src/lib/put.js', PLACES, [VITE, 'build'], ['build/index.js'], HOST_BY_ENV) },
  { name: 'Nuxt, development server', tools: 'nuxt', tool: 'nuxt', places: PLACES, run: developed('nuxt', 'shared/put.js', PLACES, [NUXT, 'dev', ...HOST]) },
  { name: 'Nuxt, built for Node', tools: 'nuxt', tool: 'nuxt', places: PLACES, run: built('nuxt', 'shared/put.js', PLACES, [NUXT, 'build'], ['.output/server/index.mjs'], HOST_BY_ENV) },
  { name: 'Astro, development server', tools: 'astro', tool: 'astro', places: PLACES, run: developed('astro', 'src/lib/put.js', PLACES, [ASTRO, 'dev', ...HOST]) },
  { name: 'Astro, built for Node', tools: 'astro', tool: 'astro', places: PLACES, run: built('astro', 'src/lib/put.js', PLACES, [ASTRO, 'build'], ['dist/server/entry.mjs'], HOST_BY_ENV) },
  { name: 'Next.js, development server', tools: 'next', tool: 'next', places: [...PLACES, 'edge'], run: developed('next', 'app/put.js', [...PLACES, 'edge'], [NEXT, 'dev', '--hostname', '127.0.0.1', '--port', '0']) },
];
