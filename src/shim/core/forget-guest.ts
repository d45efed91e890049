/**
 * `provider[forgetGuest]()` and `producer[forgetGuest]()` erase what a credentials provider keeps of a guest; what is
 * being requested then is not kept either. The tracker calls it when consent is withdrawn. The symbol is registered
 * globally, because a page may load provider, producer and tracker from different bundles.
 */
export const forgetGuest = Symbol.for('kinesis-edge.forgetGuest');

/** The hook is optional: only a provider that keeps a guest has it. */
export interface GuestHook {
  [forgetGuest]?(): Promise<void> | undefined;
}
