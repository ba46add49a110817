/** Clients of which one asks for a message to all, again and again: as soon as all have what was asked for before. */
import { echoFrame, FRAME, shoutFrame } from './frames.js';
import { Load, type LoadRequest, type OnRead, serve } from './sockets.js';

export interface BroadcastRequest extends LoadRequest {
  /** Messages to all that one question asks for. */
  readonly times: number;
}

class BroadcastLoad extends Load {
  readonly #question: Buffer;
  /** Bytes that all clients together get for a question. */
  readonly #answer: number;
  /** Bytes that all clients together wait for: at first an echo each, as who has been connected may not yet be accepted. */
  #wanted: number;
  #bytes = 0;

  constructor({ times, connections }: BroadcastRequest) {
    super();
    this.#question = shoutFrame(times);
    this.#answer = times * connections * FRAME;
    this.#wanted = connections * FRAME;
  }

  protected begin(): void {
    const echo = echoFrame();
    for (const socket of this.sockets) socket.write(echo);
  }

  protected reader(): OnRead {
    return (_, size) => {
      this.#bytes += size;
      if (this.#bytes > this.#wanted) this.fail('more came than was asked for');
      if (this.#bytes < this.#wanted || this.stopped) return;
      this.#bytes = 0;
      this.messages += this.#wanted / FRAME;
      this.#wanted = this.#answer;
      this.sockets[0]!.write(this.#question);
    };
  }
}

serve<BroadcastRequest>(request => new BroadcastLoad(request));
