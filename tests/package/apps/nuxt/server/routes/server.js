import { put } from '#shared/put.js';

export default defineEventHandler(async (event) => {
  await put(getQuery(event));
  return 'put';
});
