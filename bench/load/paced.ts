/** Messages at a fixed rate, whatever comes back; each carries the time at which it was sent. */
import { echoFrame, FRAME, PAYLOAD } from './frames.js';
import { Load, type LoadRequest, type OnRead, serve } from './sockets.js';

export interface PacedRequest extends LoadRequest {
  /** Messages a second, over all connections. */
  readonly rate: number;
}

class PacedLoad extends Load {
  readonly #rate: number;
  readonly #frame = echoFrame();
  #started = 0;
  #sent = 0;
  /** Milliseconds that each message took. */
  readonly #took: Float64Array;
  #counted = -1;

  constructor({ rate, measure }: PacedRequest) {
    super();
    this.#rate = rate;
    this.#took = new Float64Array(Math.ceil((rate * measure * 2) / 1000));
  }

  protected begin(): void {
    this.#started = performance.now();
    this.#tick();
  }

  protected override measuring(): void {
    this.#counted = 0;
  }

  protected override more(): { p99: number } {
    const took = this.#took.subarray(0, this.#counted).sort();
    return { p99: took[Math.ceil(took.length * 0.99) - 1] ?? 0 };
  }

  /** Sends what is due, evenly over all connections. */
  #tick(): void {
    if (this.stopped) return;
    const now = performance.now();
    const due = Math.floor(((now - this.#started) / 1000) * this.#rate) - this.#sent;
    const { length } = this.sockets;
    for (let i = 0; i < Math.min(due, length); i++) {
      const count = Math.floor((due + length - 1 - i) / length);
      const out = Buffer.allocUnsafe(count * FRAME);
      for (let at = 0; at < out.length; at += FRAME) {
        this.#frame.copy(out, at);
        out.writeDoubleLE(now, at + PAYLOAD);
      }
      this.sockets[(this.#sent + i) % length]!.write(out);
    }
    this.#sent += due;
    setTimeout(() => this.#tick(), 1);
  }

  protected reader(): OnRead {
    /** The beginning of a frame that has not come back as a whole. */
    const open = Buffer.alloc(FRAME);
    let has = 0;
    return (buffer, size) => {
      const now = performance.now();
      let at = 0;
      if (has > 0) {
        at = buffer.copy(open, has, 0, Math.min(FRAME - has, size));
        has += at;
        if (has < FRAME) return;
        this.#came(now - open.readDoubleLE(PAYLOAD));
      }
      for (; at + FRAME <= size; at += FRAME) this.#came(now - buffer.readDoubleLE(at + PAYLOAD));
      has = buffer.copy(open, 0, at, size);
    };
  }

  #came(took: number): void {
    this.messages++;
    if (this.#counted >= 0 && this.#counted < this.#took.length) this.#took[this.#counted++] = took;
  }
}

serve<PacedRequest>(request => new PacedLoad(request));
