/** A device in a test: speaks any protocol over any network, real or simulated, and remembers what it has heard. */
import { ConnContext, FrameDecoder, type FrameResult, type Protocol, Writer } from '../../src/codec/index.js';
import { type Address, type Connection, type ConnectionHandler, type Net, parseAddress } from '../../src/net/index.js';

export type Heard = FrameResult & { ok: true };

export class Device implements ConnectionHandler {
  /** What the server has said. */
  readonly heard: Heard[] = [];
  /** What of it could not be decoded. */
  readonly garbled: FrameResult[] = [];
  /** The server has ended the connection. */
  isClosed = false;
  /** Sees each message, as soon as it is heard. */
  onHeard: (message: Heard) => void = () => {};
  readonly #protocol: Protocol;
  readonly #connection: Connection;
  readonly #context = new ConnContext();
  readonly #decoder: FrameDecoder;

  constructor(net: Net, address: Address | string, protocol: Protocol) {
    this.#protocol = protocol;
    const conn = new ConnContext();
    conn.stateless = true;
    const take = (result: FrameResult): void => {
      if (!result.ok) {
        this.garbled.push(result);
        return;
      }
      this.heard.push(result);
      this.onHeard(result);
    };
    this.#decoder = new FrameDecoder(protocol, 'down', take, conn);
    this.#connection = net.connect(typeof address === 'string' ? parseAddress(address) : address, this);
  }

  /** What it has heard of this message. */
  values(name: string): Record<string, unknown>[] {
    return this.heard.filter(h => h.message === name).map(h => h.value);
  }

  /** The bytes of a message from here. */
  encode(name: string, fields: object = {}): Uint8Array {
    const codec = this.#protocol.up.find(m => m.name === name);
    if (codec === undefined) throw new Error(`No message "${name}"`);
    const w = new Writer();
    codec.write(w, fields as Record<string, unknown>, this.#context);
    return w.slice();
  }

  send(name: string, fields: object = {}): void {
    this.write(this.encode(name, fields));
  }

  write(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  /** Reads no more, until it does. */
  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  /** Ends its side. */
  end(): void {
    this.#connection.end();
  }

  close(): void {
    this.#connection.destroy();
  }

  data(b: Uint8Array, start: number, end: number): void {
    this.#decoder.push(b.slice(start, end));
  }

  ended(): void {
    this.isClosed = true;
    this.#connection.end();
  }

  closed(): void {
    this.isClosed = true;
  }
}
