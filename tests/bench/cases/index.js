// What is timed inside a process, against a service that answers at once. Runs in every runtime.
import { ready } from '../peers/ours.js';
import { interleave } from '../rounds.js';
import { countEntries, putRecordsAnswer, withStubbedFetch } from '../stub.js';
import { aggregate } from './aggregate.js';
import { answerOf as putRecordAnswer, putRecord } from './put-record.js';
import { large, putRecords } from './put-records.js';
import { produce } from './produce.js';
import { sign } from './sign.js';

const CASES = {
  sign: { contestants: sign },
  putRecord: { contestants: putRecord, answerOf: putRecordAnswer },
  putRecords: { contestants: putRecords, answerOf: () => putRecordsAnswer(500) },
  large: { contestants: large, answerOf: () => putRecordsAnswer(5) },
  aggregate: { contestants: aggregate, answerOf: countEntries },
  produce: { contestants: produce, answerOf: countEntries },
};

export const CASE_NAMES = Object.keys(CASES);

/** Runs one case; `tools` is what only some runtimes have, among it `processorTime`. */
export async function runCase(name, tools, timing) {
  await ready;
  const { contestants, answerOf = () => new Uint8Array() } = CASES[name];
  return withStubbedFetch(answerOf, async () => {
    const field = await contestants(tools);
    const timed = await interleave(field, timing, tools.processorTime);
    return timed.map((one, index) => perPiece(one, field[index].pieces ?? 1));
  });
}

function perPiece(timed, pieces) {
  const scale = ({ median, low, high, count }) => ({ median: median / pieces, low: low / pieces, high: high / pieces, count });
  return { ...timed, wall: scale(timed.wall), ...(timed.cpu && { cpu: scale(timed.cpu) }) };
}
