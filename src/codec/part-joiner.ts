/**
 * Puts together what one connection says in parts. For programs that read what they have just written, or what a server sends
 * them: it forgets the oldest of too many unfinished messages, but knows no time. Gateways have one that does.
 */
import type { ConnContext } from './conn-context.js';
import type { Protocol } from './contract.js';

interface Unfinished {
  readonly key: string;
  readonly total: number;
  readonly bodies: Map<number, Uint8Array>;
  bytes: number;
}

export class PartJoiner {
  readonly #protocol: Protocol;
  #unfinished: Unfinished[] = [];

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  /**
   * Looks at a checked frame.
   * @returns `false`: it is no part of anything; `true`: it is, and others are missing; else the whole, in the frame of the part that
   * has come last. `conn.joined` is set where it is to be decoded.
   */
  take(b: Uint8Array, start: number, end: number, conn: ConnContext): Uint8Array | boolean {
    conn.joined = false;
    const { fragments } = this.#protocol;
    const part = fragments?.part(b, start, end, conn);
    if (fragments === undefined || part === undefined || part.total === 1) return false;
    const { key, index, total, from, to } = part;
    let message = this.#unfinished.find(m => m.key === key && m.total === total);
    if (message === undefined) {
      message = { key, total, bodies: new Map(), bytes: 0 };
      this.#unfinished = [...this.#unfinished.filter(m => m.key !== key), message].slice(-fragments.limits.open);
    }
    if (index < 1 || index > total || message.bodies.has(index)) return true;
    message.bodies.set(index, b.slice(from, to));
    message.bytes += to - from;
    const isOver = message.bytes > fragments.limits.bytes;
    if (isOver || message.bodies.size === total) this.#unfinished = this.#unfinished.filter(m => m !== message);
    if (isOver || message.bodies.size < total) return true;
    conn.joined = true;
    const bodies = [...message.bodies].sort(([a], [b]) => a - b).map(([, body]) => body);
    return joined([b.subarray(start, from), ...bodies, b.subarray(to, end)]);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
