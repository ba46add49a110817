/** A worker's copy of a client's session; writes are applied here at once and confirmed by the gateway. */
import { Writer } from '../codec/index.js';
import { type CallKind, calls, putValue, type Value } from '../link/index.js';
import type { Session, SessionResult, SessionValues, SessionWrite } from './api.js';
import type { WorkerClient } from './client.js';

const scratch = new Writer(256);

export class WorkerSession implements Session {
  readonly #client: WorkerClient;
  #values: SessionValues;
  #version: number;

  constructor(client: WorkerClient, values: SessionValues, version: number) {
    this.#client = client;
    this.#values = values;
    this.#version = version;
  }

  get values(): SessionValues {
    return this.#values;
  }

  get version(): number {
    return this.#version;
  }

  get(key: string): Value {
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }

  set(values: SessionValues, options: SessionWrite = {}): Promise<SessionResult> {
    return this.#write(calls.setSession, values, {}, options);
  }

  patch(values: SessionValues, options: SessionWrite = {}): Promise<SessionResult> {
    return this.#write(calls.patchSession, values, this.#values, options);
  }

  #write(kind: CallKind, values: SessionValues, base: SessionValues, options: SessionWrite): Promise<SessionResult> {
    // Refuses what cannot be kept, in the caller's stack.
    scratch.length = 0;
    putValue(scratch, values);
    const conditional = options.expect !== undefined;
    if (!conditional) {
      const next: { [key: string]: Value } = { ...base };
      for (const [key, value] of Object.entries(values)) {
        if (value === null) delete next[key];
        else if (value !== undefined) next[key] = value;
      }
      this.#values = next;
      this.#version++;
    }
    const answer = this.#client.call(kind, [values, options.expect]) as Promise<SessionResult>;
    const applied = answer.then(result => {
      // A conditional write is applied when it has won; one that lost brings what others wrote.
      if (conditional && result.version >= this.#version) {
        this.#values = result.current;
        this.#version = result.version;
      }
      return result;
    });
    applied.catch(ignored);
    return applied;
  }
}

function ignored(): void {}
