// kinesis-edge/node: a faster `fetch` for Node. It loads nothing else of the package.
export { createNodeFetch, nodeFetch, type NodeFetchOptions } from '../node/node-fetch.js';
