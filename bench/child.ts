/** Child processes of the benchmark: asked one thing at a time, and never left behind. */
import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const children = new Set<ChildProcess>();

// Whatever ends this process ends those that it has started.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

function keep(child: ChildProcess): ChildProcess {
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  /** Said, but not yet asked for. */
  readonly #inbox: unknown[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** @param file of this folder, without extension */
  constructor(file: string, args: readonly string[] = []) {
    this.#name = [file, ...args].join(' ');
    const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url));
    this.#process = keep(fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
    this.#process.on('message', message => {
      this.#inbox.push(message);
      this.#wake?.();
    });
    this.#process.on('error', error => this.#fail(error));
    this.#process.on('exit', (code, signal) => {
      this.#fail(new Error(`The process "${this.#name}" ended with ${signal ?? `code ${code}`}`));
    });
  }

  /** The next thing that it says, after `request` if one is given. */
  async ask<T>(request?: object, within = 60_000): Promise<T> {
    if (request !== undefined) this.#process.send(request);
    const timer = setTimeout(() => this.#fail(new Error(`The process "${this.#name}" says nothing`)), within);
    try {
      while (this.#inbox.length === 0) {
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
      }
      return this.#inbox.shift() as T;
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): Promise<void> {
    return ended(this.#process);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

/** A server, which says on stdout where it listens. */
export class Server {
  readonly pid: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.pid = process.pid!;
  }

  /** Starts `node ...args` and waits until it has printed `pattern`; gives the server and the pattern's first group. */
  static start(args: readonly string[], pattern: RegExp, within = 20_000): Promise<{ server: Server; said: string }> {
    const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
    const child = keep(spawn(process.execPath, args, { stdio }));
    return new Promise((resolve, reject) => {
      let text = '';
      const timer = setTimeout(() => reject(new Error(`"node ${args.join(' ')}" does not start: ${text}`)), within);
      child.on('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`"node ${args.join(' ')}" ended with ${signal ?? `code ${code}`}`));
      });
      child.stdout!.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        const match = pattern.exec(text);
        if (match === null) return;
        clearTimeout(timer);
        resolve({ server: new Server(child), said: match[1] ?? '' });
      });
    });
  }

  stop(): Promise<void> {
    return ended(this.#process);
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
