/** The basket: it lives as long as the browser's tab, a reload or a crash of the page included. */
import { productOf } from './catalogue.js';

const STORED = 'shop-basket';
const PIECES_MAX = 99;

/** @type {Map<string, number>} pieces by product id */
let pieces = stored();

/** @param {string} id @param {number} change */
export function addToBasket(id, change = 1) {
  const count = Math.min(PIECES_MAX, (pieces.get(id) ?? 0) + change);
  if (count > 0) pieces.set(id, count);
  else pieces.delete(id);
  store();
}

export function emptyBasket() {
  pieces.clear();
  store();
}

export function basketLines() {
  return [...pieces].map(([id, count]) => ({ product: productOf(id), count })).filter(({ product }) => product);
}

export function basketCount() {
  return basketLines().reduce((sum, { count }) => sum + count, 0);
}

export function basketTotal() {
  return basketLines().reduce((sum, { product, count }) => sum + product.price * count, 0);
}

function stored() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(STORED) ?? '[]'));
  } catch {
    return new Map();
  }
}

/** Where storage is refused the basket is kept as long as the page. */
function store() {
  try {
    sessionStorage.setItem(STORED, JSON.stringify([...pieces]));
  } catch {}
}
