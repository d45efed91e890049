// Source maps of dist that need no other file: they hold the TypeScript, under the path that it has in the repository.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A module as text is no source that anybody reads, and would be there twice. */
const TEXT_OF_MODULE = /-text\.js$/;

export function embedSources(out) {
  for (const name of readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.js.map'))) {
    const file = join(out, name);
    const map = JSON.parse(readFileSync(file, 'utf8'));
    map.sourcesContent = map.sources.map((source, index) => (TEXT_OF_MODULE.test(source) ? null : map.sourcesContent[index]));
    map.sources = map.sources.map(pathInRepository);
    writeFileSync(file, JSON.stringify(map));
  }
}

function pathInRepository(source) {
  const inside = source.split('/modules/').at(-1).split('/scripts/').at(-1);
  return `kinesis-edge/src/shim/${inside}`;
}
