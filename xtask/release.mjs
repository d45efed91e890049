// npm run release: checks everything, packs, and prints what would be published. It publishes nothing.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SINGLE_FILES } from './exports.mjs';
import { obstacleTo } from './release-checks.mjs';
import { Stop, command, outputOf, run, say, top } from './say.mjs';

await command(async () => {
  const obstacle = obstacleTo(JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')), readFileSync(join(top, 'CHANGELOG.md'), 'utf8'));
  if (obstacle) throw new Stop(obstacle);
  if (await outputOf('git', ['status', '--porcelain'])) throw new Stop('There are changes that are not committed: git status shows them.');
  await run('npm', ['test']);
  await run('npm', ['run', 'test:package']);
  const folder = join(top, 'target', 'release-package');
  mkdirSync(folder, { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  say('integrity of the single files, for the release notes:');
  for (const name of SINGLE_FILES) console.log(`${name}  ${integrityOf(join(top, 'dist', name))}`);
  say(`packed into ${folder}; npm publish in the repository's workflow publishes it with its provenance`);
});

/** What a page writes as `integrity="…"`. */
function integrityOf(file) {
  return `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`;
}
