/** A small shop: its views, its basket, and the events that it reports to the tracker. */
import { addToBasket, basketCount, basketLines, basketTotal, emptyBasket } from './basket.js';
import { matching, productOf } from './catalogue.js';
import { foundView, viewFor } from './views.js';

const SEARCHED_MS = 600;
const ADDED_MS = 1800;

const find = (selector) => document.querySelector(selector);
let searchTimer;
let searched = '';
let addedTimer;
/** @type {Promise<import('./tracking.js').Tracker>} */
let tracker;

show();
addEventListener('popstate', () => show());
document.addEventListener('click', clicked);
document.addEventListener('submit', submitted);
find('#words').addEventListener('input', search);
// After the first paint: a tracker must not cost a page its start.
requestAnimationFrame(() => setTimeout(startTracker));

function startTracker() {
  tracker = import('./tracking.js').then(({ start }) => start());
  tracker.catch((error) => console.warn('nothing is tracked:', error));
}

/** @param {string} event @param {Record<string, unknown>} [properties] */
function track(event, properties) {
  tracker?.then((started) => started.track(event, properties), () => {});
}

function clicked(event) {
  const link = event.target.closest('a[data-view]');
  const { add, drop } = event.target.closest('button')?.dataset ?? {};
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(link.getAttribute('href'));
  }
  if (add) change(add, 1);
  if (drop) change(drop, -1);
}

/** @param {string} href */
function go(href) {
  tellSearch();
  history.pushState(null, '', href === '?' ? location.pathname : href);
  find('#words').value = '';
  show();
  find('#view').focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function show() {
  const query = new URLSearchParams(location.search);
  const { title, nodes } = viewFor(query);
  document.title = title;
  find('#view').replaceChildren(...nodes);
  showCount();
  const product = productOf(query.get('product'));
  if (product) track('product_viewed', facts(product));
}

function change(id, pieces) {
  const product = productOf(id);
  addToBasket(id, pieces);
  track(pieces > 0 ? 'product_added' : 'product_removed', { ...facts(product), basket: basketCount() });
  if (new URLSearchParams(location.search).get('view') === 'basket') show();
  showCount();
  reported(pieces > 0 ? `${product.name} is in your basket` : `${product.name} is out of your basket`);
}

function submitted(event) {
  event.preventDefault();
  if (event.target.id !== 'checkout') return;
  const order = `T-${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
  track('order_completed', { order, total: basketTotal(), currency: 'EUR', items: basketLines().map(({ product, count }) => ({ sku: product.id, count })) });
  tracker?.then((started) => started.identify(`customer-${order}`), () => {});
  emptyBasket();
  go(`?view=thanks&order=${order}`);
}

/** Shows what is found with every key, and reports it when the typing rests or has found what it was for. */
function search() {
  const words = find('#words').value.trim();
  clearTimeout(searchTimer);
  searched = words;
  if (!words) return show();
  find('#view').replaceChildren(...foundView(words));
  searchTimer = setTimeout(tellSearch, SEARCHED_MS);
}

function tellSearch() {
  if (searched) track('products_searched', { query: searched, results: matching(searched).length });
  searched = '';
}

function showCount() {
  find('#basket-count').textContent = String(basketCount());
}

function reported(text) {
  clearTimeout(addedTimer);
  find('#added').textContent = text;
  find('#added').toggleAttribute('data-shown', true);
  addedTimer = setTimeout(() => find('#added').toggleAttribute('data-shown', false), ADDED_MS);
}

function facts({ id, name, price, kind }) {
  return { sku: id, name, price, kind, currency: 'EUR' };
}
