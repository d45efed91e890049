// In every entry but those for bundlers of browsers, one WebAssembly module stands for all three.
import { dirname, join } from 'node:path';

/** The files that load one of the three. */
export const LOADERS = /\/core\/(signer|client|producer)-module\.[jt]s$/;

/** A plugin of esbuild that puts `whole-module.js` in place of the three loaders. */
export function wholeModule(compiled) {
  const path = join(compiled, 'core', 'whole-module.js');
  const resolve = (found) => (LOADERS.test(join(found.resolveDir, found.path).replaceAll('\\', '/')) ? { path } : undefined);
  return { name: 'whole-module', setup: ({ onResolve }) => onResolve({ filter: /-module\.js$/ }, resolve) };
}

/** The same for Rollup. */
export function wholeModuleOfRollup(compiled) {
  const path = join(compiled, 'core', 'whole-module.js');
  const resolveId = (source, importer) => (importer && LOADERS.test(join(dirname(importer), source).replaceAll('\\', '/')) ? path : undefined);
  return { name: 'whole-module', resolveId };
}
