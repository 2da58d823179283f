/**
 * A secret: a value that can be used but not shown.
 *
 * It has no `toJSON` or `toString` that tells anything, so that a log line, an error or a message that holds
 * one by mistake prints `[secret]`. `use` is the one way in; `wipe` overwrites bytes and forgets the rest.
 */
const inspect = Symbol.for('nodejs.util.inspect.custom');

export class Secret<T> {
  #held: T | undefined;

  constructor(held: T) {
    this.#held = held;
  }

  /** Lends the value to a function. Throws once the secret is wiped. */
  use<R>(look: (held: T) => R): R {
    if (this.#held === undefined) throw new Error('This secret was wiped; read the card again.');
    return look(this.#held);
  }

  /** Forgets the value; bytes are overwritten with zeros first. */
  wipe(): void {
    if (this.#held instanceof Uint8Array) this.#held.fill(0);
    this.#held = undefined;
  }

  toJSON(): string {
    return '[secret]';
  }

  toString(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
