/**
 * Clients that are gone, while there is no worker to be told: what they said and that they are closed is kept until one comes.
 * Nobody can be held up by then, so bounds are all there is to it; beyond them it is dropped, counted, and said.
 */
import type { Logger } from '../protocol/index.js';
import type { GatewayClient } from './client.js';
import { OWED_BYTES, OWED_CLIENTS } from './limits.js';

export class Owed {
  /** Clients of which a worker is still to be told. */
  clients = 0;
  /** Clients of which none will ever be. */
  dropped = 0;
  #bytes = 0;
  /** Bytes that each has been counted with. */
  readonly #held = new Map<GatewayClient, number>();
  /** That it is full is said once, until a worker has come. */
  #said = false;
  readonly #logger: Logger;
  readonly #most: { readonly clients: number; readonly bytes: number };

  constructor(logger: Logger, most = { clients: OWED_CLIENTS, bytes: OWED_BYTES }) {
    this.#logger = logger;
    this.#most = most;
  }

  /** @returns whether the client can be kept */
  take(client: GatewayClient, bytes: number): boolean {
    const { clients, bytes: most } = this.#most;
    if (this.clients >= clients || this.#bytes + bytes > most) {
      this.dropped++;
      if (!this.#said) {
        this.#said = true;
        this.#logger.error(
          `No worker has come for ${this.clients} clients that are gone, with ${this.#bytes} bytes of events: ` +
            'no more are kept, so "onClose" will not be called for those that go from now on',
        );
      }
      return false;
    }
    this.#held.set(client, bytes);
    this.#bytes += bytes;
    this.clients++;
    client.owed = true;
    return true;
  }

  /** A worker has it, or it is forgotten. */
  give(client: GatewayClient): void {
    this.#bytes -= this.#held.get(client) ?? 0;
    this.#held.delete(client);
    client.owed = false;
    if (--this.clients === 0) this.#said = false;
  }
}
