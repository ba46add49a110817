/** A worker's copy of a client's session; writes are applied here at once and confirmed by the gateway. */
import { Writer } from '../codec/index.js';
import { type CallKind, calls, putValue, type Value } from '../link/index.js';
import type { Session, SessionResult, SessionValues, SessionWrite } from './api.js';
import type { WorkerClient } from './client.js';

const scratch = new Writer(256);

/** What the gateway has confirmed, or what it will have when the writes on their way are confirmed. */
interface State {
  readonly values: SessionValues;
  readonly version: number;
}

/** A write without condition that the gateway has not answered yet. */
interface Write {
  readonly kind: CallKind;
  readonly values: SessionValues;
}

export class WorkerSession implements Session {
  readonly #client: WorkerClient;
  /** With the writes that are on their way. */
  #now: State;
  #confirmed: State;
  /** In the order in which they are answered. */
  #writes: Write[] = [];

  constructor(client: WorkerClient, values: SessionValues, version: number) {
    this.#client = client;
    this.#now = { values, version };
    this.#confirmed = this.#now;
  }

  get values(): SessionValues {
    return this.#now.values;
  }

  get version(): number {
    return this.#now.version;
  }

  get(key: string): Value {
    const { values } = this.#now;
    return Object.hasOwn(values, key) ? values[key] : undefined;
  }

  set(values: SessionValues, options: SessionWrite = {}): Promise<SessionResult> {
    return this.#write(calls.setSession, values, options);
  }

  patch(values: SessionValues, options: SessionWrite = {}): Promise<SessionResult> {
    return this.#write(calls.patchSession, values, options);
  }

  #write(kind: CallKind, values: SessionValues, options: SessionWrite): Promise<SessionResult> {
    // Refuses what cannot be kept, in the caller's stack.
    scratch.length = 0;
    putValue(scratch, values);
    const answer = this.#client.call(kind, [values, options.expect]) as Promise<SessionResult>;
    const write = options.expect === undefined ? { kind, values: { ...values } } : undefined;
    if (write !== undefined) {
      this.#writes.push(write);
      this.#now = applied(this.#now, write);
    }
    const settled = answer.then(
      result => {
        this.#confirm(write, result);
        return result;
      },
      (error: unknown) => {
        this.#withdraw(write);
        throw error;
      },
    );
    settled.catch(ignored);
    return settled;
  }

  #confirm(write: Write | undefined, result: SessionResult): void {
    const foreseen = write !== undefined && result.version === this.#confirmed.version + 1;
    if (result.version >= this.#confirmed.version) {
      this.#confirmed = { values: result.current, version: result.version };
    }
    this.#forget(write);
    // A conditional write is applied when it has won; one that lost brings what others wrote.
    if (!foreseen) this.#now = this.#writes.reduce(applied, this.#confirmed);
  }

  /** The gateway has not taken it, or nobody knows: what was written since stays. */
  #withdraw(write: Write | undefined): void {
    if (write === undefined) return;
    this.#forget(write);
    this.#now = this.#writes.reduce(applied, this.#confirmed);
  }

  #forget(write: Write | undefined): void {
    const at = write === undefined ? -1 : this.#writes.indexOf(write);
    if (at >= 0) this.#writes.splice(at, 1);
  }
}

/** The state after a write. A key whose new value is null is removed. */
function applied(state: State, { kind, values }: Write): State {
  const next: { [key: string]: Value } = kind === calls.patchSession ? { ...state.values } : {};
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete next[key];
    else if (value !== undefined) next[key] = value;
  }
  return { values: next, version: state.version + 1 };
}

function ignored(): void {}
