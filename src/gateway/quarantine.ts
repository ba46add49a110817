/** Messages that have killed their workers: kept, with their bytes, where an operator can read them. */
import type { Disk } from '../net/index.js';
import { errorText, type Logger } from '../protocol/index.js';

export interface QuarantinedMessage {
  readonly clientId: string;
  readonly uid: string | undefined;
  readonly remoteAddress: string;
  readonly protocol: string;
  /** Name of the message; `unknown`, `connect` or `close`. */
  readonly message: string;
  /** Number of the event: the second half of `event.id`. */
  readonly seq: number;
  /** Wall time in milliseconds at which the gateway read it. */
  readonly receivedAt: number;
  /** Wall time in milliseconds at which it was given up. */
  readonly at: number;
  /** Bytes of the whole frame. */
  readonly size: number;
  /** The first 64 KiB of them. */
  readonly bytes: Uint8Array;
}

/** Messages in memory, and files in the folder. */
export const KEPT = 16;
export const KEPT_BYTES = 64 * 1024;

export class Quarantine {
  /** The last 16, oldest first. */
  readonly last: QuarantinedMessage[] = [];
  count = 0;
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #folder: string | undefined;
  #first: number | undefined;

  /** @param folder where each message becomes a file, `0.json` to `15.json`, the oldest replaced; nowhere if absent */
  constructor(disk: Disk, logger: Logger, folder: string | undefined) {
    this.#disk = disk;
    this.#logger = logger;
    this.#folder = folder;
  }

  add(message: QuarantinedMessage): void {
    // Gateways of one machine may share the folder.
    this.#first ??= Math.floor(message.at) % KEPT;
    const slot = (this.#first + this.count++) % KEPT;
    this.last.push(message);
    if (this.last.length > KEPT) this.last.shift();
    if (this.#folder === undefined) return;
    const path = `${this.#folder}/${slot}.json`;
    this.#disk.writeAtomic(path, fileOf(message)).then(
      () => this.#logger.info(`The quarantined message is in "${path}"`),
      error => this.#logger.error(`The quarantined message is kept in memory only: ${errorText(error)}`),
    );
  }
}

function fileOf(message: QuarantinedMessage): Uint8Array {
  const { bytes, receivedAt, at, ...rest } = message;
  const shown = {
    ...rest,
    receivedAt: new Date(receivedAt).toISOString(),
    at: new Date(at).toISOString(),
    hex: Buffer.from(bytes).toString('hex'),
  };
  return Buffer.from(`${JSON.stringify(shown, undefined, 2)}\n`);
}
