// Cloudflare Workers, by their own tools.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../../../xtask/say.mjs';
import { serve } from '../tools.mjs';

const CONFIG = 'name = "package"\nmain = "worker.js"\ncompatibility_date = "2026-04-01"\n';

/** Asks a Worker to put. */
async function asked({ endpoint, text }, program, args, folder) {
  writeFileSync(join(folder, 'wrangler.toml'), CONFIG);
  const server = await serve(program, args, { cwd: folder });
  try {
    const response = await fetch(`${server.address}/?${new URLSearchParams({ endpoint, text })}`);
    const answer = await response.text();
    if (answer !== 'put') throw new Error(`${response.status} ${answer}\n${server.printed()}`);
  } finally {
    await server.stop();
  }
}

async function wrangler(environment) {
  await asked(environment, 'node', [join(top, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), 'dev', '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'], environment.folder);
}

async function vitePlugin(environment) {
  // Vite would answer with it before the Worker is asked.
  rmSync(join(environment.folder, 'index.html'));
  writeFileSync(join(environment.folder, 'vite.config.mjs'), "import { cloudflare } from '@cloudflare/vite-plugin';\nexport default { plugins: [cloudflare({ inspectorPort: false })] };");
  await asked(environment, 'node', ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', '0'], environment.folder);
}

export const WORKERS = [
  { name: 'wrangler dev', tools: 'none', tool: 'wrangler', quick: true, run: wrangler },
  { name: "Cloudflare's Vite plugin", tools: 'cloudflare-vite', tool: '@cloudflare/vite-plugin', run: vitePlugin },
];
