// What must hold of the calls of a client: their results, and their failures.

/** A call has a result. */
export function checkResult(world, program, { operation, serials, client, abortMs, at }, result, listeners) {
  checkAbort(world, operation, at, abortMs);
  const { witness } = world;
  world.say(`${program.name} ${client} ${operation}: ${JSON.stringify(result).slice(0, 160)}`);
  if (listeners > 0) world.violate(`${operation} leaves ${listeners} listeners at its signal`);
  const entries = operation === 'putRecord' ? [result] : result.Records ?? [];
  entries.forEach(({ ShardId, SequenceNumber, ErrorCode }, index) => {
    if (ErrorCode === undefined) witness.resolved(serials[index], { shardId: ShardId, sequenceNumber: SequenceNumber, attempts: 1 });
    else witness.records.get(serials[index]).state = 'rejected';
  });
  if (operation === 'listShards' && result.Shards.length !== (world.plan.kinesis?.shards ?? 3)) world.violate(`listShards has ${result.Shards.length} shards`);
}

/** A call has failed. */
export function checkFailure(world, program, { operation, serials, client, abortMs, at, instance }, error, listeners) {
  const { witness } = world;
  world.say(`${program.name} ${client} ${operation} fails: ${error.code} ${error.name}: ${error.message}`);
  if (listeners > 0) world.violate(`${operation} leaves ${listeners} listeners at its signal`);
  checkAbort(world, operation, at, abortMs);
  if (error.code === 'ERR_CORE' && instance === program.instance && !program.hasLateLoad) world.violate(`${operation} fails, and no trap has happened since: ${error.message}`);
  witness.checkError(error);
  const isBad = serials.some((serial) => witness.records.get(serial).isBad);
  for (const serial of serials) witness.records.get(serial).state = 'rejected';
  const isExplained = isBad || witness.isExplained(error) || (error.code === 'ERR_ABORTED' && abortMs !== undefined);
  if (!isExplained) world.violate(`${operation} fails for no reason: ${error.code}: ${error.message}`);
}

/** A call that is called off ends at once, whatever it waits for. */
function checkAbort(world, operation, at, abortMs) {
  if (abortMs !== undefined && world.scheduler.now > at + abortMs + ABORT_MS_MAX) world.violate(`${operation} does not end when it is aborted`);
}

const ABORT_MS_MAX = 30;
