// What package.json exports.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './say.mjs';

/** The scripts, each of which is an entry of its own in src/shim/entries: `['node.js', …]`. */
export function exportedScripts() {
  const { exports } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  const scripts = pathsIn(exports).map((path) => /^\.\/dist\/([\w-]+\.js)$/.exec(path)?.[1]);
  return [...new Set(scripts)].filter((name) => name !== undefined && !SINGLE_FILES.includes(name));
}

/** Every path in an object of conditions, however deep. */
export function pathsIn(conditions) {
  return typeof conditions === 'string' ? [conditions] : Object.values(conditions).flatMap(pathsIn);
}

/** The whole package in one file each, for pages without a bundler. */
export const SINGLE_FILES = ['kinesis-edge.iife.js', 'kinesis-edge.esm.js'];
