// The site: README and docs/ as they are in the repository, and the reference that typedoc makes of the public types.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { defineConfig } from 'vitepress';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { description, repository } = JSON.parse(read('package.json'));
const source = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

/** The pages of docs/README.md, in its order: `- [Title](page.md): the question`. */
const pages = [...read('docs/README.md').matchAll(/^- \[(.+)\]\((.+)\.md\)/gm)].map(([, text, page]) => ({ text, link: `/docs/${page}` }));
const ENTRIES = { index: 'kinesis-edge', tracker: 'kinesis-edge/tracker', collector: 'kinesis-edge/collector', lambda: 'kinesis-edge/lambda', opentelemetry: 'kinesis-edge/opentelemetry', 'node-fetch': 'kinesis-edge/node' };
const reference = Object.entries(ENTRIES).map(([file, text]) => ({ text, link: `/api/${file}/` }));

export default defineConfig({
  title: 'kinesis-edge',
  description,
  lang: 'en',
  // Copies: what a page imports is looked for beside it, and the packages of the site are here.
  srcDir: 'pages',
  outDir: '../target/site',
  cacheDir: '../target/site-cache',
  base: process.env.SITE_BASE ?? '/',
  rewrites: { 'README.md': 'index.md', 'docs/README.md': 'docs/index.md' },
  cleanUrls: false,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'Reference', link: '/api/index/' },
      { text: 'Demo', link: '/demo/index.html', target: '_self' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    sidebar: [
      { text: 'Documentation', items: pages },
      { text: 'Reference', items: reference },
      { text: 'Project', items: [{ text: 'Security', link: '/SECURITY' }, { text: 'Changelog', link: '/CHANGELOG' }] },
    ],
    socialLinks: [{ icon: 'github', link: source }],
  },
  markdown: {
    config: (md) => {
      md.core.ruler.push('links-of-the-site', ({ tokens, env }) => {
        for (const token of tokens.flatMap((block) => [block, ...(block.children ?? [])])) {
          if (token.type === 'link_open') token.attrSet('href', toSite(token.attrGet('href'), env.relativePath ?? ''));
          // The bundler takes a picture along whose address begins with a dot.
          if (token.type.startsWith('html')) token.content = token.content.replace(/ (src|srcset)="(?!\w+:|[./])/g, ' $1="./');
        }
      });
    },
  },
});

/** Where a link of a page leads: pages of the site as they are, any other file to the repository. */
function toSite(href, page) {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const [path, anchor] = href.split('#');
  const file = posix.join(posix.dirname(page === 'index.md' ? 'README.md' : page), path);
  const isPage = /^(?:README|SECURITY|CHANGELOG)\.md$|^docs\/|^api\//.test(file);
  return isPage ? href : `${source}/blob/main/${file}${anchor ? `#${anchor}` : ''}`;
}
