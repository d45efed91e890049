import { callUser } from './error.js';

/** A reference that keeps nothing alive, where the host has such. */
export interface Weak<T extends object> {
  deref: () => T | undefined;
}

/** A separate function, because a closure keeps alive everything in the scope of the function that has made it. */
export function weak<T extends object>(object: T): Weak<T> {
  return typeof WeakRef === 'function' ? new WeakRef(object) : { deref: () => object };
}

/**
 * Calls `work` after an object was collected, where the host reports that.
 * @param work must not lead to the object
 */
export function whenCollected(object: object, work: () => void): void {
  if (typeof FinalizationRegistry !== 'function') return;
  // An exception in it would end a process of Node.
  registry ??= new FinalizationRegistry((held) => callUser('the end of a collected object', held));
  registry.register(object, work);
}

/**
 * Listens to events of the page without keeping alive whom they are for: what is dropped without being closed is
 * collected, and listens no more. Returns what ends it.
 * @param handle must not lead to the target by what is in its scope
 */
export function listenWeakly<T extends object>(
  reference: Weak<T>,
  types: string[],
  handle: (target: T, event: Event) => void,
): () => void {
  const listener = (event: Event) => {
    const target = reference.deref();
    if (target) handle(target, event);
  };
  // Test environments such as happy-dom take their globals away at their end, which may be before this is called.
  const remove = globalThis.removeEventListener.bind(globalThis);
  const end = () => types.forEach((type) => remove(type, listener));
  types.forEach((type) => addEventListener(type, listener));
  whenCollected(reference.deref() as T, end);
  return end;
}

let registry: FinalizationRegistry<() => void> | undefined;
