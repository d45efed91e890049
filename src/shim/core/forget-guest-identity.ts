/**
 * A guest is an identity that Amazon Cognito gives to a visitor who has not signed in: the provider stores its id, so
 * that the visitor has the same one on the next page. The method of this name, of a provider or of a producer, erases
 * that id, also one that is just being requested. The tracker calls it when consent is withdrawn. The symbol is
 * registered globally, because a page may load provider, producer and tracker from different bundles.
 */
export const forgetGuestIdentity = Symbol.for('kinesis-edge.forgetGuestIdentity');

/** The hook is optional: only a provider that keeps a guest has it. */
export interface GuestIdentityHook {
  [forgetGuestIdentity]?(): Promise<void> | undefined;
}
