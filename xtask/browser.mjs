// Finds a browser, or installs Debian's package of it where that is possible.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop, run, say } from './say.mjs';

/**
 * The path of a program: what the environment's `variable` says, else one of `programs` in the PATH, else one of `elsewhere`, else
 * what Debian's `packages` bring.
 */
export async function findBrowser({ name, variable, programs, elsewhere = [], packages }) {
  const known = () => {
    const given = process.env[variable];
    if (given) {
      if (existsSync(given)) return given;
      throw new Stop(`${variable} is ${given}, and there is no such file.`);
    }
    const folders = (process.env.PATH ?? '').split(delimiter);
    const inPath = folders.flatMap((folder) => programs.map((program) => join(folder, program)));
    return [...inPath, ...elsewhere].find((path) => existsSync(path));
  };
  const missing = `${name} is missing: install it (on Debian: apt-get install ${packages.join(' ')}), or set ${variable} to its program.`;
  const found = known();
  if (found) return found;
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!canInstall) throw new Stop(missing);
  say(`${name}: installing ${packages.join(' ')} (about a minute)`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { quiet: true, env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { quiet: true, env });
  const installed = known();
  if (!installed) throw new Stop(missing);
  return installed;
}
