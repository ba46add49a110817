/** A client for line protocols: sends lines, waits for lines. */
import * as net from 'node:net';
import * as tls from 'node:tls';
import { PATIENCE } from './wait.js';

export class LineClient {
  readonly lines: string[] = [];
  readonly #socket: net.Socket;
  #rest = '';
  #ended = false;
  #wake: (() => void)[] = [];

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const parts = (this.#rest + text).split(/\r?\n/);
      this.#rest = parts.pop()!;
      this.lines.push(...parts);
      this.#tell();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#tell();
    });
  }

  /** @param address `tcp://`, `tls://` or `unix://`; `first` goes before anything else, and before TLS. */
  static connect(address: string, options: tls.ConnectionOptions = {}, first = ''): Promise<LineClient> {
    const { protocol, hostname, port, pathname } = new URL(address.replace(/^\w+:/, name => `x-${name}`));
    const to =
      protocol === 'x-unix:' ? { path: pathname } : { port: Number(port), host: hostname.replace(/[[\]]/g, '') };
    return new Promise((resolve, reject) => {
      const plain = net.connect(to, () => {
        if (first !== '') plain.write(first);
        if (protocol !== 'x-tls:') {
          resolve(new LineClient(plain));
          return;
        }
        const secure = tls.connect({ socket: plain, ...options }, () => resolve(new LineClient(secure)));
        secure.once('error', reject);
      });
      plain.once('error', reject);
    });
  }

  get socket(): net.Socket {
    return this.#socket;
  }

  get closed(): boolean {
    return this.#ended;
  }

  send(...lines: string[]): void {
    this.#socket.write(lines.map(line => `${line}\r\n`).join(''));
  }

  write(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  async login(name: string): Promise<void> {
    this.send(`/login ${name} pass`);
    await this.line(`* welcome ${name}`);
  }

  /** Waits for a line that equals, contains or matches; takes it and everything before it away. */
  async line(wanted: string | RegExp, within = PATIENCE): Promise<string> {
    const fits = (line: string) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line));
    let at = -1;
    const found = await this.#until(() => {
      at = this.lines.findIndex(fits);
      return at >= 0 || this.#ended;
    }, within);
    if (!found || at < 0) throw new Error(`No line like ${wanted}; got ${JSON.stringify(this.lines)}`);
    const line = this.lines[at]!;
    this.lines.splice(0, at + 1);
    return line;
  }

  /** Resolves with the milliseconds until the server has closed. */
  async whenClosed(within = PATIENCE): Promise<number> {
    const from = performance.now();
    if (!(await this.#until(() => this.#ended, within))) throw new Error('The connection was not closed');
    return performance.now() - from;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #until(done: () => boolean, within: number): Promise<boolean> {
    const deadline = performance.now() + within;
    while (!done()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return true;
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
