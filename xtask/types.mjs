// The declarations of what the entries export, and of what those need: as `.d.ts` for `import`, as `.d.cts` for `require`.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run, top } from './say.mjs';

/** Those whose exports differ. */
const TYPED_ENTRIES = ['index', 'tracker', 'collector', 'node-fetch', 'lambda', 'opentelemetry', 'slim', 'single-file'];

export async function writeTypes(dist) {
  const declared = join(top, 'target', 'types');
  rmSync(declared, { recursive: true, force: true });
  await run('tsc', ['-p', 'tsconfig.types.json']);
  for (const name of needed(declared)) write(join(declared, name), join(dist, 'types', name));
  for (const name of ['host', 'module']) writeBoth(join(dist, 'types', `${name}.d.ts`), readFileSync(join(top, 'src', 'shim', 'entries', `${name}.d.ts`), 'utf8'));
}

function needed(declared) {
  const found = new Set();
  const need = (name) => {
    if (found.has(name) || !existsSync(join(declared, name))) return;
    found.add(name);
    const text = readFileSync(join(declared, name), 'utf8');
    for (const [, path] of text.matchAll(/'(\.[^']+)\.js'/g)) need(join(dirname(name), `${path}.d.ts`));
  };
  for (const name of TYPED_ENTRIES) need(join('entries', `${name}.d.ts`));
  return found;
}

function write(from, to) {
  const text = readFileSync(from, 'utf8').replace(/\btypeof fetch\b/g, 'Fetch').replace(/\bBufferSource\b/g, 'ArrayBuffer | ArrayBufferView');
  // The import declares globals too, so it stands in each file.
  writeBoth(to, `import type { Fetch } from '../host.js';\n${text}`);
}

function writeBoth(to, text) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text);
  writeFileSync(to.replace(/\.d\.ts$/, '.d.cts'), text.replace(/(['"])(\.[^'"]+)\.js\1/g, '$1$2.cjs$1'));
}
