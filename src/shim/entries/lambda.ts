// kinesis-edge/lambda: for functions that read a stream. Carries the module within the script, and shares it with
// kinesis-edge in Node.
import { moduleBytes } from '../core/text-bytes.js';
import { wholeModule } from '../core/whole-module.js';

export { processRecords } from '../lambda/process-records.js';
export { recentMessageIds, type RecentMessagesOptions } from '../lambda/recent-messages.js';
export type * from '../lambda/types.js';
export { userRecords } from '../lambda/user-records.js';

wholeModule.loadNow(moduleBytes());
