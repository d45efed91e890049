// A plugin of Rollup: scripts with the source maps beside them, and imports that stay as they are written.
import { readFileSync } from 'node:fs';

/** @param peers packages that the application installs */
export function compiledScripts(peers) {
  const isElsewhere = (source) => /\.wasm(\?module)?$/.test(source) || source.startsWith('node:') || peers.includes(source);
  return {
    name: 'compiled-scripts',
    resolveId: (source) => (isElsewhere(source) ? { id: source, external: true } : undefined),
    load: (file) => ({ code: readFileSync(file, 'utf8'), map: JSON.parse(readFileSync(`${file}.map`, 'utf8')) }),
  };
}
