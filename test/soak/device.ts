/** A client of a soak run: says numbered messages over a real socket, and has the ledger told what it hears. */
import * as net from 'node:net';
import { ConnContext, FrameDecoder, type FrameResult, Writer } from '../../src/codec/index.js';
import { soak } from './generated/soak/codec.js';
import type { Soak } from './generated/soak/types.js';
import type { End, Ledger } from './ledger.js';

/** `silent`: it has vanished, and says so to nobody. `strange`: it does not log in. */
type State = 'calling' | 'open' | 'leaving' | 'silent' | 'strange' | 'gone';

/** What an end is that the server has brought about. */
const ENDS = { calling: 'closed', open: 'closed', leaving: 'left', silent: 'broke', strange: 'broke' } as const;

const w = new Writer();
const context = new ConnContext();

export class SoakDevice {
  state: State = 'calling';
  /** Reads nothing just now. */
  isDeaf = false;
  readonly connection: number;
  readonly #ledger: Ledger;
  readonly #socket: net.Socket;
  readonly #decoder: FrameDecoder;

  /** @param noise what it says instead of its name: nothing, or something that is no message */
  constructor(port: number, connection: number, ledger: Ledger, noise?: Uint8Array) {
    this.connection = connection;
    this.#ledger = ledger;
    const downwards = new ConnContext();
    downwards.stateless = true;
    this.#decoder = new FrameDecoder(soak, 'down', result => this.#heard(result), downwards);
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    // Who is no client is owed nothing.
    if (noise === undefined) ledger.open(connection, performance.now());
    else this.state = 'strange';
    this.#socket.on('connect', () => {
      if (noise === undefined) this.#say('hello', { name: `c${connection}`, connection });
      else if (noise.length > 0) this.#socket.write(noise);
    });
    this.#socket.on('data', b => this.#decoder.push(b));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#closed());
  }

  get owed(): number {
    return this.#ledger.owed(this.connection);
  }

  work(takes: number, answer: number, tells: boolean): void {
    const { connection } = this;
    this.#say('work', { connection, n: this.#ledger.sent(connection), takes, answer, tells });
  }

  /** In order, behind what it has said. */
  leave(): void {
    this.state = 'leaving';
    this.#socket.end();
  }

  /** As a device whose battery is taken out. */
  reset(): void {
    this.#over('broke');
    this.#socket.resetAndDestroy();
  }

  /** As a device that has lost its network: it neither reads nor says anything. */
  vanish(): void {
    this.state = 'silent';
    this.#socket.pause();
  }

  /** Looks whether its gateway has noticed that it had vanished. */
  comeBack(): void {
    this.#socket.resume();
  }

  deafen(): void {
    this.isDeaf = true;
    this.#socket.pause();
  }

  listen(): void {
    this.isDeaf = false;
    this.#socket.resume();
  }

  destroy(): void {
    this.#over('broke');
    this.#socket.destroy();
  }

  #say<M extends keyof Soak['up']>(name: M, fields: Soak['up'][M]): void {
    w.length = 0;
    soak.up.find(m => m.name === name)!.write(w, { ...fields }, context);
    this.#socket.write(w.slice());
  }

  #heard(result: FrameResult): void {
    if (!result.ok) {
      this.#ledger.violate('order', `connection ${this.connection} hears what it cannot read: ${result.text}`);
      return;
    }
    const { message, value } = result;
    if (message === 'welcome') {
      this.#ledger.loggedIn(this.connection, String(value.client));
      if (this.state === 'calling') this.state = 'open';
    } else if (message === 'done') {
      if (value.connection !== this.connection)
        this.#ledger.violate('order', `connection ${this.connection} hears an answer to ${value.connection}`);
      this.#ledger.answered(this.connection, Number(value.n));
    }
  }

  #closed(): void {
    if (this.state === 'gone') return;
    this.#over(ENDS[this.state]);
  }

  #over(end: End): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.#ledger.ended(this.connection, end, performance.now());
  }
}
