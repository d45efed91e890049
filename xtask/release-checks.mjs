// What keeps a version from being released, as far as package.json and the changelog show it.

/** A line that says what to do first; undefined where nothing is missing. npm takes the homepage and the address for bugs from the repository. */
export function obstacleTo({ version, repository }, changelog) {
  const url = repository?.url;
  if (!url) return 'package.json has no repository.url: set it to the address of the repository.';
  if (url.includes('/OWNER/')) return `repository.url in package.json is a placeholder, ${url}: set it to the address of the repository.`;
  if (!changelog.split('\n').some((line) => line === `## ${version}` || line.startsWith(`## ${version} `))) return `CHANGELOG.md has no heading "## ${version}".`;
  return undefined;
}
