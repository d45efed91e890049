/** Bytes that are appended to each other. */
export class ByteBuffer {
  #memory = new Uint8Array();
  #length = 0;

  /** A view: what is appended next may change it. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#memory.length) this.#grow(length);
    this.#memory.set(bytes, this.#length);
    this.#length = length;
  }

  /** The memory stays. */
  clear(): void {
    this.#length = 0;
  }

  #grow(length: number): void {
    const memory = new Uint8Array(Math.max(length, 2 * this.#memory.length, LENGTH_MIN));
    memory.set(this.bytes);
    this.#memory = memory;
  }
}

/** In bytes. */
const LENGTH_MIN = 4096;
