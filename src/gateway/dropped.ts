/** What clients did not get because they did not read: counted by message, and said twice for a client at most. */
import type { Logger } from '../protocol/index.js';

export interface Missed {
  messages: number;
  bytes: number;
}

export class Dropped {
  /** By protocol and message. */
  readonly messages: { [name: string]: number } = {};
  readonly bytes: { [name: string]: number } = {};
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One message to a client. @param missed what the client has missed before; `undefined`: nothing */
  add(client: string, missed: Missed | undefined, protocol: string, message: string, bytes: number): Missed {
    const name = `${protocol}.${message}`;
    this.messages[name] = (this.messages[name] ?? 0) + 1;
    this.bytes[name] = (this.bytes[name] ?? 0) + bytes;
    if (missed === undefined) {
      this.#logger.info(`Client ${client} reads too slowly: messages to it are left out, the first is "${message}"`);
      return { messages: 1, bytes };
    }
    missed.messages++;
    missed.bytes += bytes;
    return missed;
  }

  /** The client is closed. */
  sum(client: string, { messages, bytes }: Missed): void {
    const what = messages === 1 ? '1 message' : `${messages} messages`;
    this.#logger.info(`Client ${client} did not get ${what} of ${bytes} bytes in all: it read too slowly`);
  }
}
