// The package for `require`: each script of dist once more as CommonJS, file by file, so that its entries share one instance
// there as well.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a host that requires cannot run, and what only it imports. */
const NOT_FOR_REQUIRE = new Set(['browser.js', 'workerd.js', 'edge-light.js', 'collector-workerd.js', 'collector-edge-light.js', 'set-nitro-experimental-wasm.js']);

/** Writes `NAME.cjs` beside each `NAME.js`. */
export async function writeCommonJs(out) {
  const { transform } = await import('esbuild');
  const names = readdirSync(out).filter((name) => name.endsWith('.js') && !NOT_FOR_REQUIRE.has(name));
  for (const name of names) {
    const text = readFileSync(join(out, name), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
    const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node20', charset: 'utf8' });
    const required = code.replace(/require\("(\.\/[\w-]+)\.js"\)/g, 'require("$1.cjs")');
    writeFileSync(join(out, name.replace(/js$/, 'cjs')), withTextCoders(required));
  }
}

/** jsdom, in which Jest runs tests of pages, has neither; Node has both under another name. */
function withTextCoders(code) {
  if (!/new Text(De|En)coder/.test(code)) return code;
  return code.replace(/^("use strict";\n)?/, `$1var { TextDecoder, TextEncoder } = globalThis.TextDecoder ? globalThis : globalThis.process.getBuiltinModule("node:util");\n`);
}
