import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The settings of a profile, as `~/.aws/config` and `~/.aws/credentials` have them. */
export type Profile = Record<string, string>;

/** The name of the profile: of `--profile`, else of the environment, else `default`. */
export function profileName(option: string | undefined): string {
  return option ?? (process.env.AWS_PROFILE || process.env.AWS_DEFAULT_PROFILE || 'default');
}

/** The settings of a profile from both files; `undefined` where neither file has it. */
export function readProfile(name: string): Profile | undefined {
  const config = sectionsOf(process.env.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config'));
  const credentials = sectionsOf(process.env.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials'));
  const found = [config[`profile ${name}`], name === 'default' ? config.default : undefined, credentials[name]];
  return found.some(Boolean) ? Object.assign({}, ...found) : undefined;
}

/** The sections of an INI file; none where there is no such file. Nested settings are left out. */
function sectionsOf(path: string): Record<string, Profile> {
  const sections: Record<string, Profile> = {};
  let section: Profile = {};
  for (const line of textOf(path).split(/\r?\n/)) {
    const name = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ');
    if (name !== undefined) section = sections[name] ??= {};
    const [, key, value] = /^([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) section[key.toLowerCase()] = value;
  }
  return sections;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
