// Withdrawal of consent: how all tabs and all trackers of a page learn of it, and what is deleted.
import { KinesisError, messageOf } from '../core/error.js';
import { type GuestIdentityHook, forgetGuestIdentity } from '../core/forget-guest-identity.js';
import { deleteDatabase } from '../outbox/database.js';
import { dispatchOnWindow } from './dom.js';
import { writeStored } from './storage.js';
import { OUTBOX_PREFIX, type Target, type Transport, outboxName, targetOf } from './transport.js';
import { KEY, REMOVED_AFTER_WITHDRAWAL, STORED } from './visitor.js';

export interface ConsentCallbacks {
  /** Another tracker of this page, or another tab, has withdrawn consent. */
  withdraw: () => void;
  /** A tracker of this page or another tab has stored the visitor, with changes perhaps. */
  change: () => void;
}

/** Calls `events` for what other trackers do, until `signal` aborts. */
export function watchConsent({ withdraw, change }: ConsentCallbacks, signal: AbortSignal): void {
  addEventListener(WITHDRAWN, withdraw, { signal });
  addEventListener(STORED, change, { signal });
  const read = ({ key, newValue, oldValue }: StorageEvent) => {
    if (key !== KEY || (newValue ?? oldValue) === `${REMOVED_AFTER_WITHDRAWAL}`) return;
    if (newValue && newValue !== 'null') change();
    else withdraw();
  };
  addEventListener('storage', read, { signal });
}

/** Notifies all trackers of this page and all tabs that consent was withdrawn. */
export function announceWithdrawal(): void {
  // Other tabs get an event for a removal only if the key had a value.
  writeStored('localStorage', KEY, null);
  writeStored('localStorage', KEY, undefined);
  dispatchOnWindow(WITHDRAWN);
}

/**
 * Drops what a transport has, deletes the outboxes of all trackers of this origin, and erases the guest whose
 * credentials the producer uses. `collectorUrl` and the producer's stream are for browsers that do not list databases
 * (Firefox before 126).
 * @param earlier a deletion that has not ended: it is waited for, as it would delete what is stored after this one
 */
export async function deleteStored(
  transport: Transport | undefined,
  { collectorUrl, producer }: Target,
  onError: (error: KinesisError) => void,
  earlier: Promise<void> | undefined,
): Promise<void> {
  const guest = (producer as GuestIdentityHook | undefined)?.[forgetGuestIdentity]?.();
  const target = targetOf({ collectorUrl, producer });
  const known = target === undefined ? [] : [outboxName(target)];
  for (const result of await Promise.allSettled([deleteEvents(transport, known), guest])) {
    if (result.status === 'fulfilled') continue;
    const message = `what is stored could not be deleted: ${messageOf(result.reason)}`;
    onError(new KinesisError('ERR_OUTBOX', message, { cause: result.reason }));
  }
  await earlier;
}

async function deleteEvents(transport: Transport | undefined, known: string[]): Promise<void> {
  await transport?.dropEvents();
  if (!globalThis.indexedDB) return;
  const databases = await indexedDB.databases?.();
  const names = databases ? databases.map(({ name }) => `${name}`) : known;
  await Promise.all(names.filter((name) => name.startsWith(OUTBOX_PREFIX)).map(deleteDatabase));
}

/** On the window, without details. A page may have trackers from different bundles. */
const WITHDRAWN = 'kinesis-edge.consentWithdrawn';
