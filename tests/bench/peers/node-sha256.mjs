// Node's own crypto in the form that @smithy/signature-v4 takes a hash.
import { createHash, createHmac } from 'node:crypto';

export class NodeSha256 {
  #hash;

  constructor(secret) {
    this.#hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }

  update(data) {
    this.#hash.update(data);
  }

  async digest() {
    return this.#hash.digest();
  }
}
