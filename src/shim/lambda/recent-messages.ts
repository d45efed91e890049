import { checkCount } from '../core/checks.js';
import { checkKnown } from '../core/option-names.js';
import type { RecentMessageIds } from './types.js';

/** How many ids are remembered, and for how long. */
export interface RecentMessagesOptions {
  /** The most ids: past it the oldest is forgotten. An id of a tracker takes about 100 bytes. @default 100_000 */
  idsMax?: number;
  /** The longest time that an id is remembered, in milliseconds. @default 3_600_000, an hour */
  ageMaxMs?: number;
}

/** Ids in memory: the answers are there at once. */
interface InMemoryMessageIds extends RecentMessageIds {
  has(id: string): boolean;
  add(id: string): void;
}

/**
 * Remembers the ids of messages that were handled, in memory of this process only: another instance of a Lambda
 * function knows nothing of them, and neither does this one after a cold start. A consumer that must see each message
 * once keeps the ids in a database instead.
 * @example
 * const recentMessages = recentMessageIds({ idsMax: 50_000 });
 * export const handler = (event: KinesisEventBatch) => processRecords(event, store, { recentMessages });
 */
export function recentMessageIds(options: RecentMessagesOptions = {}): InMemoryMessageIds {
  checkKnown(options, RECENT_OPTIONS);
  const { idsMax = 100_000, ageMaxMs = 3_600_000 } = options ?? {};
  const limits = {
    idsMax: checkCount(idsMax, 'idsMax', { max: IDS_MAX }),
    ageMaxMs: checkCount(ageMaxMs, 'ageMaxMs', { max: AGE_MAX_MS }),
  };
  /** When each id was added, the oldest first. */
  const added = new Map<string, number>();
  return {
    has: (id) => {
      const at = added.get(id);
      return at !== undefined && Date.now() - at <= limits.ageMaxMs;
    },
    add: (id) => {
      added.delete(id);
      added.set(id, Date.now());
      for (const oldest of added.keys()) {
        if (added.size <= limits.idsMax) break;
        added.delete(oldest);
      }
    },
  };
}

const IDS_MAX = 10_000_000;
/** A week: the longest retention that most streams have. */
const AGE_MAX_MS = 7 * 86_400_000;
const RECENT_OPTIONS = { owner: 'recentMessageIds', known: ['idsMax', 'ageMaxMs'] };
