// README, SECURITY.md, CONTRIBUTING.md and docs/: their blocks of code, their links and their anchors.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { top } from '../../xtask/say.mjs';

const FENCE = /^( {0,3})```(\w*)\n([^]*?)^ {0,3}```$/gm;
const REMARK = /<!-- (run|not run|not checked): (.+?) -->\s*$/;

/** The pages, by their path from the top. */
export function pages() {
  const docs = readdirSync(join(top, 'docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`);
  return ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...docs].map((file) => ({ file, text: readFileSync(join(top, file), 'utf8') }));
}

/**
 * The blocks of code of a page. `remark` is the HTML comment right before a block: `run` names the environment that it
 * runs in, `not run` and `not checked` say why it is not.
 */
export function blocksOf({ file, text }) {
  return [...text.matchAll(FENCE)].map(({ 1: indent, 2: language, 3: code, index }) => {
    const [, remark, detail] = text.slice(0, index).match(REMARK) ?? [];
    const line = text.slice(0, index).split('\n').length;
    return { file, line, language, remark, detail, code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), name: `${file}:${line}` };
  });
}

/** Where a page's links and images inside the repository lead: a path from the top, and an anchor. */
export function linksOf({ file, text }) {
  const prose = proseOf(text);
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(([, link, attribute]) => link ?? attribute);
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => {
    const [path, anchor] = target.split('#');
    return { target, path: path ? posix.join(dirname(file), path) : file, anchor };
  });
}

/** The anchors that GitHub gives to a page's headings. */
export function anchorsOf(text) {
  const seen = new Map();
  return [...proseOf(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => {
    const slug = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times ? `${slug}-${times}` : slug;
  });
}

function proseOf(text) {
  return text.replaceAll(FENCE, '');
}
