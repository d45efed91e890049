/** The numbers above everything, and the stages of the way below the ring. Each is written only when it has changed. */
import { number } from '../format.js';

/** @param {ParentNode} root */
export function numbersIn(root) {
  const nodes = new Map(Array.from(root.querySelectorAll('[data-number]'), (node) => [node.dataset.number, node]));
  const shown = new Map();
  /** @param {string} name @param {string | number} value */
  return (name, value) => {
    if (shown.get(name) === value) return;
    shown.set(name, value);
    nodes.get(name).textContent = typeof value === 'number' ? number(value) : value;
  };
}
