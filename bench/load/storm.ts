/** Clients that come, say one thing, and go when it is answered: so many at once, again and again. */
import type { LoadResult } from '../under-load.js';
import { arrive, type First } from './arrive.js';
import { type LoadRequest, type Run, serve, sleep } from './sockets.js';

/** `connections` are under way at once. */
export interface StormRequest extends LoadRequest {
  readonly first: First;
}

class Storm implements Run<StormRequest> {
  #stopped = false;
  #arrived = 0;
  #next = 0;

  async run({ port, connections, first, warm, measure }: StormRequest, measuring: () => void): Promise<LoadResult> {
    const all = Promise.all(Array.from({ length: connections }, () => this.#again(port, first)));
    try {
      await Promise.race([sleep(warm), all]);
      measuring();
      const before = this.#arrived;
      const started = performance.now();
      await Promise.race([sleep(measure), all]);
      return { messages: this.#arrived - before, milliseconds: performance.now() - started };
    } finally {
      this.#stopped = true;
      await all;
    }
  }

  async #again(port: number, first: First): Promise<void> {
    while (!this.#stopped) {
      const socket = await arrive(port, first, this.#next++);
      this.#arrived++;
      socket.destroy();
    }
  }
}

serve<StormRequest>(() => new Storm());
