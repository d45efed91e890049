// In a page: the address says where to put what, the title how it went.
import { put } from './put.js';

const { endpoint, text } = Object.fromEntries(new URLSearchParams(location.search));
put({ endpoint, text }).then(
  () => (document.title = 'put'),
  (error) => (document.title = `failed: ${error.stack}`),
);
