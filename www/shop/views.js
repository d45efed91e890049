/** The shop's views: each is a list of nodes made from the catalogue and the basket. */
import { element, svg } from '../element.js';
import { basketLines, basketTotal } from './basket.js';
import { KINDS, PRODUCTS, matching, money, productOf } from './catalogue.js';

const TITLE = 'Tern Supply';
const BESIDE = 6;

/**
 * What an address shows.
 * @param {URLSearchParams} query
 * @returns {{ title: string, nodes: Node[] }}
 */
export function viewFor(query) {
  const product = productOf(query.get('product'));
  if (product) return { title: `${product.name} – ${TITLE}`, nodes: productView(product) };
  if (query.get('view') === 'basket') return { title: `Basket – ${TITLE}`, nodes: basketView() };
  if (query.get('view') === 'checkout' && basketLines().length > 0) return { title: `Checkout – ${TITLE}`, nodes: checkoutView() };
  if (query.get('view') === 'thanks') return { title: `Thank you – ${TITLE}`, nodes: thanksView(query.get('order') ?? '') };
  return { title: TITLE, nodes: homeView(query.get('kind')) };
}

/** The products that a search finds. @param {string} words */
export function foundView(words) {
  const found = matching(words);
  const reported = found.length ? `Found for “${words}”` : `Nothing found for “${words}”`;
  return [element('h1', { class: 'found' }, reported), grid(found)];
}

function homeView(kind) {
  const products = KINDS.includes(kind) ? PRODUCTS.filter((product) => product.kind === kind) : PRODUCTS;
  const links = ['', ...KINDS].map((name) => {
    const chip = element('a', { class: 'chip', href: name ? `?kind=${name}` : '?', 'data-view': '' }, name || 'All');
    if (name === (kind ?? '')) chip.setAttribute('aria-current', 'page');
    return chip;
  });
  return [
    element('div', { class: 'hero' }, element('h1', {}, 'Good things for slow mornings'), element('p', {}, 'Few of them, made to last, sent by post.')),
    element('nav', { class: 'chips', 'aria-label': 'Kinds' }, ...links),
    grid(products),
  ];
}

function grid(products) {
  return element('ul', { class: 'grid' }, ...products.map((product) => element('li', { class: 'card' },
    element('a', { href: `?product=${product.id}`, 'data-view': '', class: 'card-link' }, art(product), element('span', { class: 'name' }, product.name)),
    element('div', { class: 'card-foot' }, element('span', { class: 'price' }, money(product.price)),
      element('button', { type: 'button', 'data-add': product.id, 'aria-label': `Add ${product.name} to basket` }, 'Add')))));
}

function productView(product) {
  return [
    back('All products'),
    element('article', { class: 'product' }, art(product),
      element('div', {}, element('p', { class: 'kind' }, product.kind), element('h1', {}, product.name), element('p', { class: 'price' }, money(product.price)), element('p', { class: 'blurb' }, product.blurb),
        element('button', { type: 'button', class: 'main', 'data-add': product.id }, 'Add to basket'))),
    element('h2', {}, 'Goes well with it'),
    grid(beside(product)),
  ];
}

/** Others, those of the same kind first. */
function beside(product) {
  const others = PRODUCTS.filter(({ id }) => id !== product.id);
  return others.toSorted((a, b) => Number(b.kind === product.kind) - Number(a.kind === product.kind)).slice(0, BESIDE);
}

function basketView() {
  const lines = basketLines();
  if (lines.length === 0) return [back('All products'), element('h1', {}, 'Your basket is empty')];
  return [
    back('All products'),
    element('h1', {}, 'Your basket'),
    element('ul', { class: 'lines' }, ...lines.map(line)),
    element('div', { class: 'sum' }, element('span', {}, 'Total'), element('strong', {}, money(basketTotal()))),
    element('a', { class: 'main', href: '?view=checkout', 'data-view': '' }, 'Checkout'),
  ];
}

function line({ product, count }) {
  const step = (change, sign, word) => element('button', { type: 'button', [change > 0 ? 'data-add' : 'data-drop']: product.id, 'aria-label': `${word} ${product.name}` }, sign);
  return element('li', {}, art(product),
    element('a', { href: `?product=${product.id}`, 'data-view': '' }, product.name),
    element('span', { class: 'pieces' }, step(-1, '−', 'One less:'), element('span', {}, String(count)), step(1, '+', 'One more:')),
    element('span', { class: 'price' }, money(product.price * count)));
}

function checkoutView() {
  const field = (name, label, type = 'text') => element('label', {}, label, element('input', { name, type, required: '' }));
  return [
    back('Basket', '?view=basket'),
    element('h1', {}, 'Checkout'),
    element('form', { class: 'checkout', id: 'checkout', autocomplete: 'off', 'data-private': '' },
      field('name', 'Name'), field('email', 'E-mail', 'email'), field('address', 'Address'),
      element('button', { class: 'main' }, `Pay ${money(basketTotal())}`),
      element('p', { class: 'small' }, 'What you type here is in no event: the tracker never reads a field.')),
  ];
}

function thanksView(order) {
  return [
    element('div', { class: 'hero' }, element('h1', {}, 'Thank you'), element('p', {}, `Order ${order} is on its way. It is also in the stream.`)),
    element('a', { class: 'main', href: '?', 'data-view': '' }, 'Back to the shop'),
  ];
}

function back(text, href = '?') {
  return element('a', { class: 'back', href, 'data-view': '' }, `‹ ${text}`);
}

function art({ id, tint }) {
  return element('span', { class: `art ${tint}` }, svg('svg', { 'aria-hidden': 'true' }, svg('use', { href: `#${id}` })));
}
