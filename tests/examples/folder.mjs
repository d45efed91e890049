// An example in a folder of its own, with the package as it is packed.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { top } from '../../xtask/say.mjs';
import { output } from '../package/tools.mjs';

export const EXAMPLES = join(top, 'examples');
/** The Node that wrangler needs, and of the project's own packages nothing else: an example has to name what it uses. */
const OWN_PATH = [join(top, 'node_modules', 'node', 'bin'), ...process.env.PATH.split(delimiter).filter((folder) => !folder.startsWith(top))].join(delimiter);

/** As a user has it: a copy in a temporary folder, with what its package.json names, installed by npm. */
export async function installedFolder(name, { tarball }) {
  const folder = mkdtempSync(join(tmpdir(), `kinesis-edge-example-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  const env = { PATH: OWN_PATH };
  try {
    await output('npm', ['install', '--save-exact', tarball, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], { cwd: folder, env });
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, env, remove };
}

/** Without an installation: a copy below the project's folder, where Node and npm find what the project itself has installed. */
export function folderInProject(name, { unpacked }) {
  const folder = join(top, 'target', 'examples', name);
  const packages = join(folder, 'node_modules');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  mkdirSync(join(packages, '.bin'), { recursive: true });
  cpSync(unpacked, join(packages, 'kinesis-edge'), { recursive: true });
  symlinkSync(join('..', 'kinesis-edge', 'dist', 'cli.js'), join(packages, '.bin', 'kinesis-edge'));
  return { folder, env: {}, remove: () => {} };
}
