import { readFile } from 'node:fs/promises';

/**
 * What to warn of where the current folder has a `.dev.vars`: wrangler then reads that file, and no variable of its
 * environment. A Worker would write to AWS, with the keys of the file.
 */
export async function warningOfDevVars(endpoint: string): Promise<string | undefined> {
  const text = await readFile('.dev.vars', 'utf8').catch(() => undefined);
  if (text === undefined || /^\s*(export\s+)?AWS_ENDPOINT_URL(_KINESIS)?\s*=\s*\S/m.test(text)) return undefined;
  return `a Worker of wrangler takes its variables from .dev.vars, and would write to AWS: add AWS_ENDPOINT_URL_KINESIS=${endpoint} to that file, or move the file away`;
}
