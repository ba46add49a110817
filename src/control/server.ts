/**
 * The control socket of a process: it answers named calls, one JSON text per line.
 *
 *     -> {"id":1,"call":"status","args":{}}
 *     <- {"id":1,"value":{...}}          or  {"id":1,"error":"in one sentence"}
 *
 * Answers come as they are ready, in any order. A peer that sends anything else loses its connection, and nothing more.
 */
import { chmodSync, renameSync, unlinkSync } from 'node:fs';
import { type Connection, type ConnectionHandler, type Listener, type Net, socketMark } from '../net/index.js';
import { errorText } from '../protocol/index.js';
import { Lines } from './lines.js';

/** Answers with a JSON value, or throws an error whose text is the answer. `args` comes from outside: it is to be checked. */
export type ControlCall = (args: Readonly<Record<string, unknown>>) => unknown;

/** What a process can be asked. The table is read at each call: whoever has it may add to it later. */
export type ControlCalls = Record<string, ControlCall>;

/** Bytes of a question. */
const LONGEST_CALL = 64 * 1024;
/** Questions of one connection that are being answered at the same time. */
const MOST_CALLS = 64;
/** Bytes of answers that one who does not read may leave behind. */
const MOST_QUEUED = 16 * 1024 * 1024;

export class ControlServer {
  #path: string;
  readonly #listener: Listener;
  readonly #connections: Set<Connection>;
  readonly #mark: string | undefined;

  private constructor(path: string, listener: Listener, connections: Set<Connection>) {
    this.#path = path;
    this.#listener = listener;
    this.#connections = connections;
    this.#mark = socketMark(path);
  }

  /**
   * Listens at a path of {@link socketPath}; only this user may connect.
   * @throws FramegateError `FG_LISTEN` when another process listens there.
   */
  static async open(path: string, calls: ControlCalls, net: Net): Promise<ControlServer> {
    const connections = new Set<Connection>();
    const accept = (connection: Connection): ConnectionHandler => {
      connections.add(connection);
      return new Caller(connection, calls, () => connections.delete(connection));
    };
    // Said to be for TLS, so that the sockets stay as they are: what comes here is rare, and Node's own way will do.
    const listener = await net.listen({ path }, accept, { secure: true });
    chmodSync(path, 0o600);
    return new ControlServer(path, listener, connections);
  }

  /** Answers that are on their way arrive. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.end();
    await this.#listener.close();
  }

  /** The process takes the name of another, which has ended; whoever is connected stays so. */
  rename(path: string): void {
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** For the very end of a process: takes the path away, unless another has it by now. */
  remove(): void {
    if (this.#mark === undefined || socketMark(this.#path) !== this.#mark) return;
    try {
      unlinkSync(this.#path);
    } catch {}
  }
}

class Caller implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #calls: ControlCalls;
  readonly #gone: () => void;
  readonly #lines = new Lines(LONGEST_CALL);
  #open = true;
  #answering = 0;

  constructor(connection: Connection, calls: ControlCalls, gone: () => void) {
    this.#connection = connection;
    this.#calls = calls;
    this.#gone = gone;
  }

  data(b: Uint8Array, start: number, end: number): void {
    const lines = this.#lines.push(b, start, end);
    if (lines === undefined) {
      this.#connection.destroy();
      return;
    }
    for (const line of lines) {
      const question = parsed(line);
      if (question === undefined) {
        this.#connection.destroy();
        return;
      }
      void this.#answer(question);
    }
  }

  ended(): void {
    // Whoever asks and ends gets its answers still.
    if (this.#answering === 0) this.#connection.end();
    this.#open = false;
  }

  closed(): void {
    this.#open = false;
    this.#gone();
  }

  async #answer({ id, call, args }: Question): Promise<void> {
    this.#answering++;
    let text: string;
    try {
      if (this.#answering > MOST_CALLS) throw new Error(`More than ${MOST_CALLS} questions at the same time`);
      const run = Object.hasOwn(this.#calls, call) ? this.#calls[call] : undefined;
      if (run === undefined) throw new Error(`This process knows no call "${call}"`);
      text = JSON.stringify({ id, value: (await run(args)) ?? null });
    } catch (error) {
      text = JSON.stringify({ id, error: errorText(error) });
    }
    this.#answering--;
    if (this.#connection.queued > MOST_QUEUED) {
      this.#connection.destroy();
      return;
    }
    this.#connection.write(Buffer.from(`${text}\n`));
    if (!this.#open && this.#answering === 0) this.#connection.end();
  }
}

interface Question {
  readonly id: number;
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
}

function parsed(line: string): Question | undefined {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, call, args = {} } = value;
  if (typeof id !== 'number' || typeof call !== 'string' || typeof args !== 'object' || args === null) return undefined;
  return { id, call, args: args as Question['args'] };
}
