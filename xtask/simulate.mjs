// npm run simulate -- --seeds 100000 [--first 1]: the simulation over many seeds, half of them in JSON and half in CBOR.
//   --seed 17    that seed alone, with its transcript
//   --broken     the list of deliberate breaks: see broken.mjs
import { runBroken } from './broken.mjs';
import { command, run, Stop } from './say.mjs';

await command(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--broken')) {
    runBroken();
    return;
  }
  const seed = numberAfter(args, '--seed');
  if (seed !== undefined) {
    await test(['replay', '--exact'], { SEED: seed });
    return;
  }
  await test([], { SEEDS: numberAfter(args, '--seeds') ?? '100000', FIRST_SEED: numberAfter(args, '--first') ?? '1' });
});

async function test(filter, env) {
  const args = ['test', '--locked', '--release', '--test', 'simulation', '--', '--nocapture', ...filter];
  await run('cargo', args, { env, missing: 'Rust is missing: install it from https://rustup.rs' });
}

function numberAfter(args, name) {
  const at = args.indexOf(name);
  if (at < 0) return undefined;
  if (!/^\d+$/.test(args[at + 1] ?? '')) throw new Stop(`${name} needs a whole number`);
  return args[at + 1];
}
