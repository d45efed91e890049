// npm run simulate -- --seeds 100000 [--first 1]: the simulation over many seeds; --broken: see broken.mjs.
import { runBroken } from './broken.mjs';
import { command, run, Stop } from './say.mjs';

await command(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--broken')) {
    runBroken();
    return;
  }
  const env = { SEEDS: numberAfter(args, '--seeds') ?? '100000', FIRST_SEED: numberAfter(args, '--first') ?? '1' };
  await run('cargo', ['test', '--locked', '--release', '--test', 'simulation', '--', '--nocapture'], { env, missing: 'Rust is missing: install it from https://rustup.rs' });
});

function numberAfter(args, name) {
  const at = args.indexOf(name);
  if (at < 0) return undefined;
  if (!/^\d+$/.test(args[at + 1] ?? '')) throw new Stop(`${name} needs a whole number`);
  return args[at + 1];
}
