// The declarations of what the entries export, and of what those need: as `.d.ts` for `import`, as `.d.cts` for `require`.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run, top } from './say.mjs';

/** Those whose exports differ. */
const TYPED_ENTRIES = ['index', 'tracker', 'collector', 'node-fetch', 'lambda', 'slim', 'single-file'];

export async function writeTypes(dist) {
  const declared = join(top, 'target', 'types');
  rmSync(declared, { recursive: true, force: true });
  await run('tsc', ['-p', 'tsconfig.types.json']);
  for (const name of needed(declared)) write(join(declared, name), join(dist, 'types', name));
  cpSync(join(top, 'src', 'shim', 'entries', 'module.d.ts'), join(dist, 'types', 'module.d.ts'));
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
  mkdirSync(dirname(to), { recursive: true });
  const text = readFileSync(from, 'utf8');
  writeFileSync(to, text);
  writeFileSync(to.replace(/\.d\.ts$/, '.d.cts'), text.replace(/'(\.[^']+)\.js'/g, "'$1.cjs'"));
}
