// React Native: bundled by Metro and compiled by Hermes, which cannot run WebAssembly: what it says then is what is tried. The same bundle
// puts where there is WebAssembly.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveFolder } from '../files.mjs';
import { output } from '../tools.mjs';

const METRO = `const { getDefaultConfig } = require('@react-native/metro-config');
module.exports = getDefaultConfig(__dirname);`;
const BABEL = "module.exports = { presets: ['module:@react-native/babel-preset'] };";
const BUILD = `import Metro from 'metro';
const [entry, platform, out] = process.argv.slice(2);
await Metro.runBuild(await Metro.loadConfig({ config: 'metro.config.cjs' }), { entry, platform, out, dev: false });`;
const HERMES = { linux: 'linux64-bin/hermesc', darwin: 'osx-bin/hermesc', win32: 'win64-bin/hermesc.exe' };
const REFUSAL = /^KinesisError ERR_CORE .*this JavaScript engine has no WebAssembly, as in React Native/m;

async function bundle(folder, entry, platform, out) {
  const files = { 'metro.config.cjs': METRO, 'babel.config.cjs': BABEL, 'build.mjs': BUILD };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await output('node', ['build.mjs', entry, platform, `${out}.js`], { cwd: folder });
}

const APP = `import { put } from './put.js';
put(globalThis.arguments).catch(({ name, code, message }) => console.log(name, code, message));`;

/** A native app: Hermes has to compile it, and it has to say what is missing. */
async function native({ folder, endpoint, text }) {
  writeFileSync(join(folder, 'index.js'), APP);
  await bundle(folder, 'index.js', 'ios', 'native');
  await output(join(folder, 'node_modules/hermes-compiler/hermesc', HERMES[process.platform]), ['-emit-binary', '-out', 'native.hbc', 'native.js'], { cwd: folder });
  renameSync(join(folder, 'native.js'), join(folder, 'native.cjs'));
  const setArguments = `globalThis.arguments = ${JSON.stringify({ endpoint, text })};`;
  const printed = await output('node', ['--eval', `delete globalThis.WebAssembly; ${setArguments} require('./native.cjs')`], { cwd: folder });
  if (!REFUSAL.test(printed)) throw new Error(`without WebAssembly it says "${printed}"`);
  await output('node', ['--eval', `${setArguments} require('./native.cjs')`], { cwd: folder });
}

/** The same for the platform "web", in Chromium. */
async function web({ folder, openPage, text }) {
  mkdirSync(join(folder, 'out'));
  await bundle(folder, 'page.js', 'web', 'out/page');
  writeFileSync(join(folder, 'out', 'index.html'), '<!doctype html><title>loading</title><body><script src="./page.js"></script>');
  const files = await serveFolder(join(folder, 'out'));
  try {
    await openPage(files.endpoint, text);
  } finally {
    await files.stop();
  }
}

export const REACT_NATIVE = [
  { name: 'React Native, compiled by Hermes', tools: 'react-native', tool: 'react-native', run: native },
  { name: 'React Native, bundled by Metro for the web', tools: 'react-native', tool: 'metro', run: web },
];
