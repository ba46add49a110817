/** What all loads have in common: sockets that share one read buffer, and a process that is asked for one run at a time. */
import * as net from 'node:net';
import type { LoadResult } from '../under-load.js';

export interface LoadRequest {
  readonly port: number;
  readonly connections: number;
  /** Milliseconds before measuring. */
  readonly warm: number;
  /** Milliseconds of measuring. */
  readonly measure: number;
}

/** What one connection reads: `buffer` holds `size` bytes until this returns. */
export type OnRead = (buffer: Buffer, size: number) => void;

/** Milliseconds within which a server must answer anything at all. */
const ANSWER_WITHIN = 10_000;

/** One run of a load. */
export interface Run<R extends LoadRequest> {
  /** @param measuring called when the measured part begins. */
  run(request: R, measuring: () => void): Promise<LoadResult>;
}

/** A run with connections that stay. Whatever goes wrong ends it. */
export abstract class Load implements Run<LoadRequest> {
  protected readonly sockets: net.Socket[] = [];
  protected stopped = false;
  /** Messages so far. */
  protected messages = 0;
  /** One for all connections: what is read is only looked at. */
  readonly #buffer = Buffer.allocUnsafeSlow(65536);
  #fail: (error: Error) => void = () => {};

  /** What a connection does with what it reads. */
  protected abstract reader(index: number): OnRead;
  /** All are connected. */
  protected abstract begin(): void;
  /** The measured part begins. */
  protected measuring(): void {}
  /** What was measured besides. */
  protected more(): Partial<LoadResult> {
    return {};
  }

  async run({ port, connections, warm, measure }: LoadRequest, measuring: () => void): Promise<LoadResult> {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => {});
    try {
      await Promise.race([Promise.all(Array.from({ length: connections }, (_, i) => this.#connect(port, i))), failed]);
      this.begin();
      await Promise.race([this.#answered(), failed]);
      await Promise.race([sleep(warm), failed]);
      measuring();
      this.measuring();
      const before = this.messages;
      const started = performance.now();
      await Promise.race([sleep(measure), failed]);
      return { messages: this.messages - before, milliseconds: performance.now() - started, ...this.more() };
    } finally {
      this.stopped = true;
      for (const socket of this.sockets) socket.destroy();
    }
  }

  async #answered(): Promise<void> {
    for (let waited = 0; this.messages === 0; waited += 10) {
      if (waited > ANSWER_WITHIN) throw new Error('the server answers nothing');
      await sleep(10);
    }
  }

  protected fail(text: string): void {
    this.#fail(new Error(text));
  }

  #connect(port: number, index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const buffer = this.#buffer;
      const read = this.reader(index);
      const onread = {
        buffer,
        callback: (size: number): boolean => {
          read(buffer, size);
          return true;
        },
      };
      const socket = net.connect({ host: '127.0.0.1', port, noDelay: true, onread }, resolve);
      this.sockets.push(socket);
      socket.on('error', reject);
      socket.on('close', () => {
        if (!this.stopped) this.fail('the server closed a connection');
      });
    });
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

/** Runs what the parent process asks for, until it is gone. */
export function serve<R extends LoadRequest>(loadFor: (request: R) => Run<R>): void {
  process.on('message', (request: R) => {
    loadFor(request)
      .run(request, () => process.send!({ measuring: true }))
      .then(
        result => process.send!(result),
        (error: Error) => {
          process.stderr.write(`load: ${error.message}\n`);
          process.exit(1);
        },
      );
  });
  process.on('disconnect', () => process.exit(0));
}
