/**
 * Child processes of the benchmark: asked one thing at a time, and never left behind. Each of them also ends by itself when
 * its channel breaks, should this process be killed without a word.
 */
import { type ChildProcess, fork } from 'node:child_process';
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

  /**
   * @param file a compiled file, from this folder on, without extension
   * @param nodeArgs for Node itself
   */
  constructor(file: string, args: readonly string[] = [], nodeArgs: readonly string[] = []) {
    this.#name = [file, ...args].join(' ');
    const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url));
    const execArgv = [...process.execArgv, ...nodeArgs];
    this.#process = keep(fork(path, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv }));
    this.#process.on('message', message => {
      this.#inbox.push(message);
      this.#wake?.();
    });
    this.#process.on('error', error => this.#fail(error));
    this.#process.on('exit', (code, signal) => {
      this.#fail(new Error(`The process "${this.#name}" ended with ${signal ?? `code ${code}`}`));
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The next thing that it says, after `request` if one is given. */
  async ask<T>(request?: object, within = 60_000): Promise<T> {
    if (request !== undefined) this.#process.send(request);
    const timer = setTimeout(() => this.#fail(new Error(`The process "${this.#name}" says nothing`)), within);
    try {
      while (this.#inbox.length === 0) {
        this.check();
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
      }
      return this.#inbox.shift() as T;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws Error when it has ended. */
  protected check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  stop(): Promise<void> {
    return ended(this.#process);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
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
