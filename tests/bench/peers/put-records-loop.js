// What a careful developer writes around PutRecords: full requests, four at once, only failed entries again. Runs in every
// runtime.
const RECORDS_MAX = 500;
const IN_FLIGHT_MAX = 4;
const TRIES_MAX = 10;

/** Puts all records with `putRecords`; resolves when each is stored. */
export async function putAll(putRecords, StreamName, records) {
  let next = 0;
  const worker = async () => {
    while (next < records.length) {
      const batch = records.slice(next, next + RECORDS_MAX);
      next += batch.length;
      await putBatch(putRecords, StreamName, batch);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, worker));
}

async function putBatch(putRecords, StreamName, batch) {
  let Records = batch;
  for (let tries = 1; ; tries += 1) {
    const answer = await putRecords({ StreamName, Records });
    if (answer.FailedRecordCount === 0) return;
    if (tries === TRIES_MAX) throw new Error(`${answer.FailedRecordCount} records failed ${tries} times`);
    Records = Records.filter((_, index) => answer.Records[index].ErrorCode !== undefined);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50 * 2 ** tries, 20_000)));
  }
}
