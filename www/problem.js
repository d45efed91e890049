/** An error, reported where it happened. */
import { element } from './element.js';

/** @param {HTMLElement} box @param {any} error */
export function showProblem(box, error) {
  box.replaceChildren(
    element('strong', {}, error.name ?? 'Error'),
    ...(error.code ? [' ', element('code', {}, error.code)] : []),
    element('p', {}, error.message || String(error)),
    ...facts(error).map((fact) => element('p', { class: 'note' }, fact)),
  );
  box.hidden = false;
}

/** @param {HTMLElement} box */
export function hideProblem(box) {
  box.hidden = true;
  box.replaceChildren();
}

function facts(error) {
  const facts = [];
  if (error.status) facts.push(`HTTP ${error.status}`);
  if (error.requestId) facts.push(`request ${error.requestId}`);
  return facts.length ? [facts.join(' · ')] : [];
}
