/**
 * The gateways that were last known, in a small file: so that a worker that starts while no register answers finds them all
 * the same. Nothing depends on the disk: what goes wrong with it is said once in the log.
 *
 *     { "framegate": "gateways", "version": 1, "gateways": [{ "id", "epoch", "link" }] }
 */
import type { Clock, Disk, Timer } from '../net/index.js';
import { errorText, type Logger } from '../protocol/index.js';
import { isAddress, type PeerRecord } from './messages.js';

const FILE = 'gateways.json';
const VERSION = 1;
/** Bytes of the largest file that is read. */
const FILE_MOST = 512 * 1024;
const GATEWAYS_MOST = 1000;
const TEXT_MOST = 200;
/** Milliseconds between two writes. */
const WRITE_EVERY = 1000;
/** The same after one that has failed. */
const WRITE_AGAIN = 60_000;

export class LastView {
  readonly path: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #written = '';
  #wanted = '';
  #pause: Timer | undefined;
  #writing = false;
  #complained = false;
  #stopped = false;

  /** @param folder it is made when something is written; the processes of one application may share it. */
  constructor(folder: string, disk: Disk, clock: Clock, logger: Logger) {
    this.path = `${folder}/${FILE}`;
    this.#disk = disk;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** What was kept by an earlier process; empty when there is nothing, or nothing that can be used. */
  async recall(): Promise<PeerRecord[]> {
    try {
      const bytes = await this.#disk.read(this.path, FILE_MOST);
      return bytes === undefined ? [] : parse(new TextDecoder().decode(bytes));
    } catch (error) {
      this.#logger.warn(`The last known gateways are not used: ${errorText(error)}`);
      return [];
    }
  }

  /** Writes them if they have changed: soon, and not too often. */
  keep(gateways: readonly PeerRecord[]): void {
    // A list without any gateway helps nobody who starts.
    if (gateways.length === 0 || this.#stopped) return;
    this.#wanted = format(gateways);
    if (this.#wanted !== this.#written && this.#pause === undefined && !this.#writing) void this.#write();
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#pause?.cancel();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    const text = this.#wanted;
    let pause = WRITE_EVERY;
    try {
      await this.#disk.writeAtomic(this.path, new TextEncoder().encode(text));
      if (this.#complained) this.#logger.info(`The last known gateways are kept again in "${this.path}"`);
      this.#complained = false;
      this.#written = text;
    } catch (error) {
      if (!this.#complained) this.#logger.warn(`The last known gateways are not kept: ${errorText(error)}`);
      this.#complained = true;
      pause = WRITE_AGAIN;
    }
    this.#writing = false;
    if (this.#stopped) return;
    this.#pause = this.#clock.setTimer(pause, () => {
      this.#pause = undefined;
      if (this.#wanted !== this.#written) void this.#write();
    });
  }
}

function format(gateways: readonly PeerRecord[]): string {
  const list = gateways
    .slice(0, GATEWAYS_MOST)
    .map(({ id, epoch, link }) => ({ id, epoch, link }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return `${JSON.stringify({ framegate: 'gateways', version: VERSION, gateways: list })}\n`;
}

/** Takes what can be dialled. What was kept holds less than anything that a register says: its `seq` is 0. */
function parse(text: string): PeerRecord[] {
  const file = JSON.parse(text) as { framegate?: unknown; version?: unknown; gateways?: unknown } | null;
  if (file?.framegate !== 'gateways' || !Array.isArray(file.gateways)) throw new Error('it is no list of gateways');
  if (file.version !== VERSION) throw new Error(`its version is ${String(file.version)}, and ${VERSION} is expected`);
  const records: PeerRecord[] = [];
  for (const { id, epoch, link } of (file.gateways as unknown[]).slice(0, GATEWAYS_MOST).map(Object)) {
    if (isText(id) && isText(epoch) && isText(link) && isAddress(link)) {
      records.push({ id, epoch, link, seq: 0, state: 'up' });
    }
  }
  return records;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MOST;
}
