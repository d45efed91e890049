/** What the shop sells. Prices are in euros; `art` names a drawing in index.html. */

/** @typedef {{ id: string, name: string, price: number, kind: string, tint: string, blurb: string }} Product */

export const KINDS = ['Kitchen', 'Camp', 'Desk'];

/** @type {Product[]} */
export const PRODUCTS = [
  { id: 'mug', name: 'Enamel mug', price: 14, kind: 'Kitchen', tint: 'sky', blurb: 'Steel under two coats of enamel. Holds 350 ml and survives a fall from the table, the fire and the dishwasher.' },
  { id: 'lantern', name: 'Storm lantern', price: 48, kind: 'Camp', tint: 'sun', blurb: 'Burns for twenty hours on one filling and does not mind the wind.' },
  { id: 'moka', name: 'Moka pot', price: 38, kind: 'Kitchen', tint: 'rose', blurb: 'Three small cups in four minutes, over gas or a camp stove.' },
  { id: 'pack', name: 'Canvas pack', price: 120, kind: 'Camp', tint: 'moss', blurb: 'Waxed canvas, 22 litres, one strap that you can mend yourself.' },
  { id: 'notebook', name: 'Field notebook', price: 9, kind: 'Desk', tint: 'sand', blurb: '96 dotted pages, sewn, so that it lies flat. The cover takes a coffee ring well.' },
  { id: 'lamp', name: 'Desk lamp', price: 86, kind: 'Desk', tint: 'sky', blurb: 'One joint, one switch, one warm bulb.' },
  { id: 'stool', name: 'Folding stool', price: 64, kind: 'Camp', tint: 'sand', blurb: 'Ash and canvas. Carries 110 kg, weighs one and a half.' },
  { id: 'flask', name: 'Steel flask', price: 32, kind: 'Kitchen', tint: 'rose', blurb: 'Half a litre, hot until evening. The cup is the lid.' },
  { id: 'plant', name: 'Rubber plant', price: 24, kind: 'Desk', tint: 'moss', blurb: 'Wants water on Sundays and otherwise to be left alone.' },
];

/** @param {string | null} id */
export function productOf(id) {
  return PRODUCTS.find((product) => product.id === id);
}

/** @param {number} euros */
export function money(euros) {
  return `€${euros.toLocaleString('en', { minimumFractionDigits: 2 })}`;
}

/** Those whose name, kind or blurb have all the words. @param {string} words */
export function matching(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return PRODUCTS.filter(({ name, kind, blurb }) => wanted.every((word) => `${name} ${kind} ${blurb}`.toLowerCase().includes(word)));
}
