// Vite, from 5 to 8: its development server, which bundles dependencies in its own way, and what it builds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveFolder } from '../files.mjs';
import { output, serve } from '../tools.mjs';

const VITE = 'node_modules/vite/bin/vite.js';

async function dev({ folder, openPage, text }) {
  const server = await serve('node', [VITE, '--host', '127.0.0.1', '--port', '0'], { cwd: folder });
  try {
    await openPage(server.address, text);
  } finally {
    await server.stop();
  }
}

const built = (base) => async ({ folder, openPage, text }) => {
  await output('node', [VITE, 'build', '--base', base], { cwd: folder });
  const files = await serveFolder(join(folder, 'dist'), { base });
  try {
    await openPage(`${files.endpoint}${base}`, text);
  } finally {
    await files.stop();
  }
};

/** A page that leaves the work to a web worker, as Vite bundles one by default: as a classic script. */
const WORKER_PAGE = `const worker = new Worker(new URL('./worker-script.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => (document.title = data);
worker.postMessage(Object.fromEntries(new URLSearchParams(location.search)));`;
const WORKER_SCRIPT = `import { put } from './put.js';
onmessage = ({ data }) => put(data).then(() => postMessage('put'), (error) => postMessage('failed: ' + error.stack));`;

async function webWorker(environment) {
  writeFileSync(join(environment.folder, 'page.js'), WORKER_PAGE);
  writeFileSync(join(environment.folder, 'worker-script.js'), WORKER_SCRIPT);
  await built('/')(environment);
}

export const VITES = [5, 6, 7, 8].flatMap((version) => {
  const tools = `vite${version}`;
  return [
    { name: `Vite ${version}, development server`, tools, tool: 'vite', quick: version === 7, run: dev },
    { name: `Vite ${version}, built`, tools, tool: 'vite', run: built('/') },
    { name: `Vite ${version}, built with --base /sub/`, tools, tool: 'vite', run: built('/sub/') },
    { name: `Vite ${version}, a web worker`, tools, tool: 'vite', run: webWorker },
  ];
});
