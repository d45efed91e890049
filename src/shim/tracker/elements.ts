import { attributeOf, closest, elementById, matches, elementMember, nodeMember } from './dom.js';

/**
 * Returns the innermost element of an event's path that is wanted, also within open shadow roots. Returns nothing where
 * the element is within `data-private`.
 */
export function findElement(event: Event, isWanted: (element: Element) => boolean): Element | undefined {
  let found: Element | undefined;
  for (const target of event.composedPath()) {
    if (!(target instanceof Element)) continue;
    if (attributeOf(target, 'data-private') !== null) return undefined;
    if (!found && isWanted(target)) found = target;
  }
  return found;
}

/** What a screen reader calls an element, without text that is private or typed. */
export function nameOf(element: Element): string {
  const ids = attributeOf(element, 'aria-labelledby')?.match(/\S+/g) ?? [];
  const labels = ids.flatMap((id) => elementById(element, id) ?? []);
  return labels.map(ownNameOf).filter(Boolean).join(' ') || ownNameOf(element);
}

/** An element's name from the element itself. Its `aria-labelledby` is not read: it may refer to the same element. */
function ownNameOf(element: Element): string {
  const isUnread = closest(element, UNREAD) !== null;
  if (isEditable(element) || (isUnread && closest(element, PRIVATE))) return '';
  const label = attributeOf(element, 'aria-label');
  if (label) return label;
  return (isUnread ? '' : contentOf(element)) || (attributeOf(element, 'title') ?? '');
}

/**
 * Whether a visitor can write into an element: it, an element around it or the document is editable, by
 * `contenteditable` or a style sheet; or a script writes into it what is typed there, by an `EditContext`.
 */
function isEditable(element: Element): boolean {
  for (let around: Element | null = element; around; around = nodeMember(around, 'parentElement'))
    if (hasEditor(around)) return true;
  return isWritable(getComputedStyle(element));
}

/** Whether an element or one around it has `contenteditable`, or the element has an `EditContext`. */
function hasEditor(element: Element): boolean {
  if (!(element instanceof HTMLElement)) return false;
  const { prototype } = HTMLElement;
  // `editContext` is not in TypeScript's DOM types: https://w3c.github.io/edit-context/
  return Boolean(
    Reflect.get(prototype, 'isContentEditable', element) || Reflect.get(prototype, 'editContext', element),
  );
}

/** Elements in it inherit the style: https://developer.mozilla.org/docs/Web/CSS/user-modify. */
function isWritable(style: CSSStyleDeclaration & { webkitUserModify?: string }): boolean {
  return style.webkitUserModify?.startsWith('read-write') ?? false;
}

function contentOf(node: Node): string {
  if (node instanceof HTMLSlotElement && node.assignedNodes().length > 0) {
    return node.assignedNodes().map(textOfAssigned).join('');
  }
  if (node instanceof HTMLImageElement) return attributeOf(node, 'alt') ?? '';
  if (node instanceof HTMLInputElement) return attributeOf(node, matches(node, '[type=image]') ? 'alt' : 'value') ?? '';
  const root = node instanceof Element ? elementMember(node, 'shadowRoot') : null;
  let text = '';
  // Arrays take three times as long, and the visitor waits meanwhile.
  for (let child = nodeMember(root ?? node, 'firstChild'); child; child = nodeMember(child, 'nextSibling')) {
    text += textOf(child);
  }
  return text;
}

/** What a node adds to the name of an element whose slot shows it: its own parent may be private, or edited. */
function textOfAssigned(node: Node): string {
  const parent = nodeMember(node, 'parentElement');
  return parent && (isEditable(parent) || closest(parent, UNREAD)) ? '' : textOf(node);
}

/** What a node within an element adds to its name. */
function textOf(node: Node): string {
  if (node instanceof Text) return node.data;
  if (!(node instanceof Element)) return '';
  if (matches(node, UNSPOKEN) || hasEditor(node)) return '';
  const style = getComputedStyle(node);
  return isHidden(node, style) || isWritable(style) ? '' : attributeOf(node, 'aria-label') || contentOf(node);
}

/**
 * Whether an element is hidden by itself: by the attribute `hidden` or by a style sheet. Browsers do not render the
 * `title` of an SVG either, but a screen reader speaks it.
 */
function isHidden(element: Element, { display }: CSSStyleDeclaration): boolean {
  return display === 'none' && elementMember(element, 'localName') !== 'title';
}

const PRIVATE = '[data-private]';
/** What may show what was typed: fields, what is computed from them, and what is written by the visitor. */
const UNREAD = [
  '[data-private],input:not([type=submit],[type=button],[type=reset],[type=image])',
  'textarea,select,option,datalist,output,script,style,template,noscript',
  '[contenteditable]:not([contenteditable=false])',
  ...['textbox', 'searchbox', 'combobox', 'spinbutton', 'slider', 'listbox', 'option'].map((role) => `[role=${role}]`),
].join();
const UNSPOKEN = `${UNREAD},[aria-hidden=true]`;
