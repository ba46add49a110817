/** Connections that keep a number of frames under way and send a new one for each that comes back. */
import { echoFrame, FRAME } from './frames.js';
import { Load, type LoadRequest, type OnRead, serve } from './sockets.js';

export interface EchoRequest extends LoadRequest {
  /** Frames under way on each connection. */
  readonly window: number;
}

const MOST_MESSAGES = 50_000_000;

class EchoLoad extends Load {
  /** A window of frames, of which as many are sent as have come back. */
  readonly #frames: Buffer;

  constructor({ window }: EchoRequest) {
    super();
    this.#frames = Buffer.concat(Array.from({ length: window }, echoFrame));
  }

  protected begin(): void {
    for (const socket of this.sockets) socket.write(this.#frames);
  }

  protected reader(index: number): OnRead {
    // Bytes of a frame that has not come back as a whole.
    let open = 0;
    const frames = this.#frames;
    return (buffer, size) => {
      if (open === 0 && size >= FRAME && buffer.compare(frames, 0, FRAME, 0, FRAME) !== 0)
        this.fail('what came back is not what was sent');
      open += size;
      const whole = Math.floor(open / FRAME);
      open -= whole * FRAME;
      this.messages += whole;
      if (this.messages > MOST_MESSAGES) this.fail(`more than ${MOST_MESSAGES} messages`);
      if (whole > 0 && !this.stopped) this.sockets[index]!.write(frames.subarray(0, whole * FRAME));
    };
  }
}

serve<EchoRequest>(request => new EchoLoad(request));
