// The DOM as the browser defines it: names of form fields, images and frames hide members of forms and of the document.

/** A member of the document. */
export function documentMember<Name extends keyof Document>(name: Name): Document[Name] {
  return Reflect.get(Document.prototype, name, document);
}

/** A member of an element. */
export function elementMember<Name extends keyof Element>(element: Element, name: Name): Element[Name] {
  return Reflect.get(Element.prototype, name, element);
}

/** A member of any node. */
export function nodeMember<Name extends keyof Node>(node: Node, name: Name): Node[Name] {
  return Reflect.get(Node.prototype, name, node);
}

/** The element with an id in the document or the shadow root of another. */
export function elementById(element: Element, id: string): Element | null {
  const root = Node.prototype.getRootNode.call(element);
  const { prototype } = root instanceof Document ? Document : DocumentFragment;
  return prototype.getElementById.call(root, id);
}

/**
 * Dispatches an event of this package on the window, without details. Old libraries replace `Event` by what is no
 * constructor; there the event is made as before there were constructors.
 */
export function dispatchOnWindow(type: string): void {
  try {
    dispatchEvent(new Event(type));
  } catch {
    const event = document.createEvent('Event');
    event.initEvent(type);
    dispatchEvent(event);
  }
}

export function closest(element: Element, selector: string): Element | null {
  return Element.prototype.closest.call(element, selector);
}

export function matches(element: Element, selector: string): boolean {
  return Element.prototype.matches.call(element, selector);
}

export function attributeOf(element: Element, name: string): string | null {
  return Element.prototype.getAttribute.call(element, name);
}

export function listen(
  target: EventTarget,
  type: string,
  listener: () => void,
  options: AddEventListenerOptions,
): void {
  EventTarget.prototype.addEventListener.call(target, type, listener, options);
}
