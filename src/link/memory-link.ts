/**
 * A link inside one process: the peer reads the batch where it was written. It delivers at the end of the turn, never on
 * the caller's stack, so code sees the same order of things as over a socket.
 */
import type { Writer } from '../codec/index.js';
import type { Turn } from '../net/index.js';
import { errorText } from '../protocol/index.js';
import { BatchedLink, type Link, walk } from './link.js';

class MemoryLink extends BatchedLink implements Link {
  readonly peer = 'memory';
  readonly remote = false;
  other: MemoryLink | undefined;
  #full: Writer[] = [];
  #ending: string | undefined;

  get queued(): number {
    let bytes = this.out.length;
    for (const batch of this.#full) bytes += batch.length;
    return bytes;
  }

  trust(): void {}

  close(): void {
    this.#ending ??= 'closed by peer';
    this.wake();
  }

  destroy(why: string): void {
    this.#end(why);
    this.other?.later(why);
  }

  /** The peer has ended: told at the end of the turn, like all that a peer says. */
  later(why: string): void {
    this.#ending ??= why;
    this.wake();
  }

  protected leave(batch: Writer): void {
    this.#full.push(batch);
  }

  override endOfTurn(): void {
    super.endOfTurn();
    const batches = this.#full;
    this.#full = [];
    const other = this.other;
    for (const batch of batches) {
      if (other?.open) other.receive(batch);
      this.recycle(batch);
    }
    if (this.#ending !== undefined && this.isOpen) this.destroy(this.#ending);
  }

  receive(batch: Writer): void {
    if (this.handler === undefined) return;
    try {
      const rest = walk(batch.bytes, 0, batch.length, this);
      if (rest < 0) this.destroy('a record is too large');
    } catch (error) {
      this.destroy(errorText(error));
    }
  }

  #end(why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.handler?.closed(why);
  }
}

/** Two ends of one link. */
export function memoryLink(turn: Turn): [Link, Link] {
  const a = new MemoryLink(turn);
  const b = new MemoryLink(turn);
  a.other = b;
  b.other = a;
  return [a, b];
}
