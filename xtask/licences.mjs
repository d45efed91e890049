// The licences of what is compiled into the WebAssembly modules, from Cargo's own record of it, and of what is bundled into the scripts.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outputOf, top } from './say.mjs';

/** A text with every crate, its licence and the licence's words. */
export async function thirdPartyLicences() {
  const metadata = JSON.parse(await outputOf('cargo', ['metadata', '--locked', '--format-version', '1', '--filter-platform', 'wasm32-unknown-unknown']));
  const packages = new Map(metadata.packages.map((found) => [found.id, found]));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const own = metadata.packages.find(({ name }) => name === 'kinesis-edge').id;
  const found = new Set([own]);
  // What runs while it is compiled, a macro or a build script, is not in it.
  const isCompiledIn = ({ pkg, dep_kinds }) => dep_kinds.some(({ kind }) => kind === null) && !packages.get(pkg).targets.some(({ kind }) => kind.includes('proc-macro'));
  for (const id of found) for (const dependency of nodes.get(id).deps.filter(isCompiledIn)) found.add(dependency.pkg);
  found.delete(own);
  const crates = [...found].map((id) => packages.get(id)).sort((a, b) => a.name.localeCompare(b.name));
  return `${HEAD}\n${crates.map(entryOf).join('\n')}\n${SCRIPTS_HEAD}\n${BUNDLED.map((name) => licenceOfPackage(join(top, 'node_modules', name))).join('\n')}`;
}

function entryOf({ name, version, license, repository, manifest_path }) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file) && !/apache/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${'-'.repeat(80)}\n${name} ${version}, ${license}\n${repository ?? ''}\n`, ...texts, ''].join('\n');
}

/** The licence of an npm package in a folder, whose code is bundled. */
export function licenceOfPackage(folder) {
  const { name, version, license, homepage = '' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((found) => /^licen[cs]e/i.test(found));
  if (!file) throw new Error(`${name} has no file with its licence: it cannot be bundled`);
  return [`${'-'.repeat(80)}\n${name} ${version}, ${license}\n${homepage}\n`, readFileSync(join(folder, file), 'utf8').trim(), ''].join('\n');
}

/** The npm packages of which the build takes code into the scripts. */
const BUNDLED = ['fflate'];
const SCRIPTS_HEAD = `The scripts that carry a module compressed contain code of this npm package.
`;
const HEAD = `The WebAssembly modules of kinesis-edge, and the scripts that carry them, contain code of these Rust crates, and of Rust's standard library
(MIT OR Apache-2.0, https://www.rust-lang.org/policies/licenses). Each is used under the licence that is given here, where there are several under MIT.
`;
