import { createHash } from 'node:crypto';

const KEY_WORDS = 3;
const FIRST_ROWS = 1024;

/**
 * Numbers by text, for hundreds of thousands of items: one array of 32-bit words outside the JavaScript heap, `12 + 4 * width`
 * bytes a row and at most three quarters of the rows taken. Texts are told apart by 95 bits of their SHA-1.
 */
export class Ledger {
  readonly #width: number;
  #rows: Uint32Array;
  #taken = 0;

  /** `width`: how many numbers stand under each text. */
  constructor(width: number) {
    this.#width = KEY_WORDS + width;
    this.#rows = new Uint32Array(FIRST_ROWS * this.#width);
  }

  /** The numbers of a text, to be read and written until the next `open`; null when there are none. */
  find(text: string): Uint32Array | null {
    const at = this.#seek(keyOf(text));
    return this.#rows[at] === 0 ? null : this.#valuesAt(at);
  }

  /** The numbers of a text, to be read and written until the next `open`; zeros when it is new. */
  open(text: string): Uint32Array {
    if (this.#taken * 4 >= (this.#rows.length / this.#width) * 3) this.#grow();
    const key = keyOf(text);
    const at = this.#seek(key);
    if (this.#rows[at] === 0) {
      this.#rows.set(key, at);
      this.#taken += 1;
    }
    return this.#valuesAt(at);
  }

  /** Where a key stands, or the free row where it belongs. */
  #seek(key: Uint32Array): number {
    const rows = this.#rows;
    const [a, b, c = 0] = key;
    let at = (c % (rows.length / this.#width)) * this.#width;
    while (rows[at] !== 0 && (rows[at] !== a || rows[at + 1] !== b || rows[at + 2] !== c))
      at = (at + this.#width) % rows.length;
    return at;
  }

  #valuesAt(at: number): Uint32Array {
    return this.#rows.subarray(at + KEY_WORDS, at + this.#width);
  }

  #grow(): void {
    const old = this.#rows;
    this.#rows = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += this.#width) {
      if (old[at] === 0) continue;
      const row = old.subarray(at, at + this.#width);
      this.#rows.set(row, this.#seek(row.subarray(0, KEY_WORDS)));
    }
  }
}

/** The first word is never 0: that marks a free row. */
function keyOf(text: string): Uint32Array {
  const digest = createHash('sha1').update(text).digest();
  return Uint32Array.of(digest.readUInt32LE(0) | 1, digest.readUInt32LE(4), digest.readUInt32LE(8));
}
