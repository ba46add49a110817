/**
 * A gateway that empties itself: nobody comes in any more, and its clients are closed a few at a time, so that they do not all
 * call again at once. At the deadline those that are left go together.
 *
 *     serving -> draining (its ports are closed) -> drained (no client is left)
 */
import { ConnContext, Writer } from '../codec/index.js';
import type { Timer } from '../net/index.js';
import { FramegateError, loggable, notEncoded } from '../protocol/index.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import type { ListenerRuntime } from './listener.js';

/** What clients that are logged in are told before they are closed; those whose protocol has no such message are told nothing. */
export interface Farewell {
  /** Name of a message that the server sends. */
  readonly message: string;
  /** Its fields. Default: none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface DrainOptions {
  /** Clients that are closed in a second. Default: so many that it takes half the time until the deadline, 20 at least. */
  readonly rate?: number;
  /** Milliseconds after which the rest is closed at once. Default 30,000. */
  readonly deadline?: number;
  readonly last?: Farewell;
}

/** What became of the clients. */
export interface Drained {
  /** Those that were there. */
  readonly clients: number;
  /** Closed one after the other. */
  readonly closed: number;
  /** Closed together, at the deadline. */
  readonly insisted: number;
  /** Milliseconds that it took. */
  readonly took: number;
}

export const DRAIN_WITHIN = 30_000;
/** Milliseconds between two steps. */
const STEP = 50;
/** So few in a second are no burden to whoever they call next. */
const RATE_LEAST = 20;

export class Drain {
  readonly done: Promise<Drained>;
  readonly #gateway: Gateway;
  readonly #rate: number;
  readonly #deadline: number;
  readonly #last: Farewell | undefined;
  readonly #startedAt: number;
  readonly #clients: number;
  #resolve!: (drained: Drained) => void;
  #closed = 0;
  /** Slots before this one have been seen to: nobody comes in who could take one of them. */
  #slot = 0;
  #timer: Timer | undefined;

  /** @throws FramegateError `FG_VALUE`, `FG_UNKNOWN_MESSAGE`; nothing has begun then. */
  constructor(gateway: Gateway, listeners: readonly ListenerRuntime[], options: DrainOptions) {
    const { deadline = DRAIN_WITHIN, last } = options;
    const clients = gateway.tables.byId.size;
    const { rate = Math.max(RATE_LEAST, (2000 * clients) / deadline) } = options;
    for (const [name, value] of Object.entries({ rate, deadline })) {
      if (typeof value !== 'number' || !(value > 0))
        throw new FramegateError('FG_VALUE', `The ${name} of a drain is a number above 0; it is ${String(value)}`);
    }
    if (last !== undefined) checkFarewell(listeners, last);
    this.#gateway = gateway;
    this.#rate = rate;
    this.#deadline = deadline;
    this.#last = last;
    this.#clients = clients;
    this.#startedAt = gateway.clock.now();
    this.done = new Promise(resolve => {
      this.#resolve = resolve;
    });
  }

  /** Once its ports are closed. */
  begin(): void {
    this.#step();
  }

  #step(): void {
    const { clock, clients } = this.#gateway;
    const elapsed = clock.now() - this.#startedAt;
    const due = Math.floor((elapsed * this.#rate) / 1000);
    for (; this.#closed < due && this.#slot < clients.length; this.#slot++) {
      if (this.#close(clients[this.#slot])) this.#closed++;
    }
    if (this.#gateway.tables.byId.size === 0) this.#over(0);
    else if (elapsed >= this.#deadline) this.#insist();
    else this.#timer = clock.setTimer(Math.min(STEP, this.#deadline - elapsed), () => this.#step());
  }

  #insist(): void {
    let insisted = 0;
    for (const client of this.#gateway.clients) if (this.#close(client)) insisted++;
    this.#over(insisted);
  }

  #close(client: GatewayClient | undefined): boolean {
    if (client?.stage !== 'live') return false;
    if (this.#last !== undefined && client.context.state === 'open') {
      this.#gateway.downstream.farewell(client, this.#last.message, this.#last.values ?? {});
    }
    this.#gateway.close(client, 'shutdown', '');
    return true;
  }

  #over(insisted: number): void {
    this.#timer?.cancel();
    const took = this.#gateway.clock.now() - this.#startedAt;
    this.#resolve({ clients: this.#clients, closed: this.#closed, insisted, took });
  }
}

/** Some protocol has the message, and it can be written with these values. */
function checkFarewell(listeners: readonly ListenerRuntime[], { message, values = {} }: Farewell): void {
  const tables = listeners.map(l => l.table).filter(table => table.downByName.has(message));
  // Says which messages there are.
  if (tables.length === 0) listeners[0]?.table.down(message);
  for (const table of tables) {
    const codec = table.down(message);
    try {
      codec.write(new Writer(64), values, new ConnContext(), undefined);
    } catch (error) {
      throw new FramegateError(
        'FG_VALUE',
        `Clients cannot be told "${message}": ${loggable(notEncoded(error, codec))}`,
      );
    }
  }
}
