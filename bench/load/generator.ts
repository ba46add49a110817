/**
 * The load: connections that keep a number of frames under way and send a new one for each that comes back. A process of
 * its own, the same for all servers. Bounded in time and in messages; whatever goes wrong ends it.
 */
import * as net from 'node:net';
import { Writer } from '../../src/codec/index.js';
import { echo } from '../generated/echo/codec.js';

export interface LoadRequest {
  readonly port: number;
  readonly connections: number;
  /** Frames under way on each connection. */
  readonly window: number;
  /** Milliseconds before measuring. */
  readonly warm: number;
  /** Milliseconds of measuring. */
  readonly measure: number;
}

export interface LoadResult {
  readonly messages: number;
  readonly milliseconds: number;
}

/** Bytes of a frame. */
const FRAME = 64;
const MOST_MESSAGES = 50_000_000;

function frame(): Buffer {
  const w = new Writer(FRAME);
  echo.up[0]!.write(w, { seq: 7, payload: Uint8Array.from({ length: FRAME - 7 }, (_, i) => i) });
  if (w.length !== FRAME) throw new Error(`the frame has ${w.length} bytes`);
  return Buffer.from(w.slice());
}

class Load {
  readonly #request: LoadRequest;
  /** A window of frames, of which as many are sent as have come back. */
  readonly #frames: Buffer;
  readonly #sockets: net.Socket[] = [];
  /** One for all connections: what is read is only looked at. */
  readonly #buffer = Buffer.allocUnsafeSlow(65536);
  #messages = 0;
  #stopped = false;
  #fail: (error: Error) => void = () => {};

  constructor(request: LoadRequest) {
    this.#request = request;
    this.#frames = Buffer.concat(Array.from({ length: request.window }, frame));
  }

  async run(measuring: () => void): Promise<LoadResult> {
    const { connections, warm, measure } = this.#request;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => {});
    try {
      await Promise.race([Promise.all(Array.from({ length: connections }, () => this.#connect())), failed]);
      for (const socket of this.#sockets) socket.write(this.#frames);
      await Promise.race([sleep(warm), failed]);
      if (this.#messages === 0) throw new Error('the server answers nothing');
      measuring();
      const before = this.#messages;
      const started = performance.now();
      await Promise.race([sleep(measure), failed]);
      return { messages: this.#messages - before, milliseconds: performance.now() - started };
    } finally {
      this.#stopped = true;
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  #connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      let open = 0;
      const buffer = this.#buffer;
      const socket = net.connect(
        {
          host: '127.0.0.1',
          port: this.#request.port,
          noDelay: true,
          onread: {
            buffer,
            callback: size => {
              // Bytes of a frame that has not come back as a whole.
              if (open === 0 && size >= FRAME && buffer.compare(this.#frames, 0, FRAME, 0, FRAME) !== 0)
                this.#fail(new Error('what came back is not what was sent'));
              open += size;
              const whole = Math.floor(open / FRAME);
              open -= whole * FRAME;
              this.#messages += whole;
              if (this.#messages > MOST_MESSAGES) this.#fail(new Error(`more than ${MOST_MESSAGES} messages`));
              if (whole > 0 && !this.#stopped) socket.write(this.#frames.subarray(0, whole * FRAME));
              return true;
            },
          },
        },
        resolve,
      );
      this.#sockets.push(socket);
      socket.on('error', reject);
      socket.on('close', () => {
        if (!this.#stopped) this.#fail(new Error('the server closed a connection'));
      });
    });
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

process.on('message', (request: LoadRequest) => {
  new Load(request)
    .run(() => process.send!({ measuring: true }))
    .then(
      result => process.send!(result),
      (error: Error) => {
        process.stderr.write(`load: ${error.message}\n`);
        process.exit(1);
      },
    );
});
process.on('disconnect', () => process.exit(0));
