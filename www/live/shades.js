/** The style sheet's colours for a canvas, which knows no custom properties. */

/** @type {Map<string, string>} */
const shades = new Map();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shades.clear());

/** @param {string} name of a custom property, without its dashes */
export function shade(name) {
  if (!shades.has(name)) shades.set(name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return shades.get(name);
}
