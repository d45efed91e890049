import { attributeOf, matches, ofElement } from './dom.js';

/**
 * Returns the innermost element of an event's path that matches, also within open shadow roots. Returns nothing where
 * the element is within `data-private`.
 */
export function findElement(event: Event, selector: string): Element | undefined {
  const path = event.composedPath().filter((target) => target instanceof Element);
  if (path.some((element) => matches(element, PRIVATE))) return undefined;
  return path.find((element) => matches(element, selector));
}

/** What a screen reader calls an element, without text that is private or typed. */
export function nameOf(element: Element): string {
  if (isEditable(element)) return '';
  const label = attributeOf(element, 'aria-label');
  if (label) return label;
  if (ofElement(element, 'localName') !== 'input') return textOf(element) || (attributeOf(element, 'title') ?? '');
  return matches(element, BUTTONS) ? (attributeOf(element, 'value') ?? attributeOf(element, 'alt') ?? '') : '';
}

/** Whether a visitor can write into an element. */
function isEditable(element: Element): boolean {
  // Also within an element that is editable, or a document.
  return element instanceof HTMLElement && Boolean(Reflect.get(HTMLElement.prototype, 'isContentEditable', element));
}

function textOf(node: Node): string {
  if (node instanceof Text) return node.data;
  const isRead = node instanceof Element ? !matches(node, UNREAD) : node instanceof DocumentFragment;
  if (!isRead) return '';
  if (node instanceof HTMLSlotElement && node.assignedNodes().length > 0) {
    return node.assignedNodes().map(textOf).join('');
  }
  if (node instanceof HTMLImageElement) return attributeOf(node, 'alt') ?? '';
  const root = node instanceof Element ? ofElement(node, 'shadowRoot') : null;
  let text = '';
  // Arrays take three times as long, and the visitor waits meanwhile.
  for (let child = childOf(root ?? node); child; child = child.nextSibling) text += textOf(child);
  return text;
}

function childOf(node: Node): ChildNode | null {
  return Reflect.get(Node.prototype, 'firstChild', node);
}

const PRIVATE = '[data-private]';
const BUTTONS = '[type=submit],[type=button],[type=reset],[type=image]';
/** What may show what was typed: fields, what is computed from them, and what is written by the visitor. */
const UNREAD = [
  '[data-private],input,textarea,select,option,datalist,output,script,style,template,noscript',
  '[contenteditable]:not([contenteditable=false]),[role=textbox],[role=searchbox],[role=combobox]',
].join();
