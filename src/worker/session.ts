/**
 * A worker's copy of a client's session: as of the event at hand, with the worker's own writes, which are applied here at
 * once and confirmed by the gateway. What others write arrives in front of a later event, or with the answer to a write.
 */
import { Writer } from '../codec/index.js';
import { type CallKind, calls, putValue, Reader, readValue, type Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { SessionWrite } from './api.js';
import type { WorkerClient } from './client.js';
import { needNotBeAwaited } from './need-not-be-awaited.js';

const scratch = new Writer(256);
const reader = new Reader();

type Values = { readonly [key: string]: Value };

interface Result {
  readonly ok: boolean;
  readonly version: number;
  readonly current: Values;
}

/** What the gateway has confirmed, or what it will have when the writes on their way are confirmed. */
interface State {
  readonly values: Values;
  readonly version: number;
}

/** A write that the gateway has not answered yet. */
interface Write {
  readonly all: boolean;
  readonly values: Values;
  /** With a condition it is not applied before it has won. */
  readonly conditional: boolean;
}

/** The gateway leaves out what the writer can tell itself. */
interface Answer {
  readonly ok: boolean;
  readonly version: number;
  readonly current: Values | null;
}

/** What `Session` promises; not by name, because what a program says of its sessions does not concern this class. */
export class WorkerSession {
  readonly #client: WorkerClient;
  /** With the writes that are on their way. */
  #now: State;
  #confirmed: State;
  /** In the order in which they are answered. */
  #writes: Write[] = [];

  constructor(client: WorkerClient, values: Values, version: number) {
    this.#client = client;
    this.#now = { values, version };
    this.#confirmed = this.#now;
  }

  get values(): Values {
    return this.#now.values;
  }

  get version(): number {
    return this.#now.version;
  }

  get(key: string): Value {
    const { values } = this.#now;
    return Object.hasOwn(values, key) ? values[key] : undefined;
  }

  set(values: Values, options: SessionWrite = {}): Promise<Result> {
    return this.#write(calls.setSession, values, options);
  }

  patch(values: Values, options: SessionWrite = {}): Promise<Result> {
    return this.#write(calls.patchSession, values, options);
  }

  /** The gateway has told what others have written. */
  refresh(values: Values, version: number): void {
    if (version <= this.#confirmed.version) return;
    this.#confirmed = { values, version };
    this.#foresee();
  }

  #write(kind: CallKind, given: Values, { expect }: SessionWrite): Promise<Result> {
    const all = kind === calls.setSession;
    const write = { all, values: copied(given), conditional: expect !== undefined };
    const base = this.#now;
    let result: Result | undefined;
    // At once: an event that stands right behind the answer must see it.
    const taken = (value: unknown): void => {
      const { ok, version, current } = value as Answer;
      const values = current ?? applied(base, write).values;
      this.#confirm(write, { values, version });
      result = { ok, version, current: values };
    };
    const answer = this.#client.call(kind, [write.values, expect, base.version], taken);
    this.#writes.push(write);
    if (!write.conditional) this.#now = applied(base, write);
    const settled = answer.then(
      () => result!,
      (error: unknown) => {
        // Not taken, or nobody knows: what was written since stays.
        this.#forget(write);
        this.#foresee();
        throw error;
      },
    );
    return needNotBeAwaited(settled);
  }

  #confirm(write: Write, state: State): void {
    const foreseen = !write.conditional && state.version === this.#confirmed.version + 1;
    if (state.version >= this.#confirmed.version) this.#confirmed = state;
    this.#forget(write);
    // A conditional write is applied when it has won; one that lost brings what others wrote.
    if (!foreseen) this.#foresee();
  }

  #forget(write: Write): void {
    this.#writes.splice(this.#writes.indexOf(write), 1);
  }

  #foresee(): void {
    this.#now = this.#writes.filter(write => !write.conditional).reduce(applied, this.#confirmed);
  }
}

/**
 * What will be kept: the caller may change what it has given.
 * @throws FramegateError `FG_VALUE` in the caller's stack
 */
function copied(values: Values): Values {
  scratch.length = 0;
  putValue(scratch, values);
  const copy = readValue(reader.over(scratch.bytes, 0, scratch.length));
  if (typeof copy === 'object' && copy !== null && !Array.isArray(copy) && !(copy instanceof Uint8Array)) {
    return copy as Values;
  }
  throw new FramegateError('FG_VALUE', 'A session is written as an object, such as { room: "lobby" }');
}

/** The state after a write. A key whose new value is null is removed. */
function applied(state: State, { all, values }: Write): State {
  const next: { [key: string]: Value } = all ? {} : { ...state.values };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) delete next[key];
    else if (value !== undefined) next[key] = value;
  }
  return { values: next, version: state.version + 1 };
}
