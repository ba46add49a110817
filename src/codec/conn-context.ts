/** What a protocol remembers about one connection between frames. Lives in the connection's gateway. */

/** `new`: not logged in. `pending`: a login is being judged. `open`: logged in, or the protocol needs no login. */
export type ConnState = 'new' | 'pending' | 'open';

/** Most connections learn nothing and await nobody: they share these. */
const NOTHING: Readonly<Record<string, number>> = Object.freeze({});
const NOBODY: readonly string[] = Object.freeze([]);

export class ConnContext {
  state: ConnState = 'new';
  /** The last number that `role: serial` gave out; the next is one more, wrapping at the field's width. */
  serial = 0;
  /** What `role: identity` of the last frame said. */
  identity: string | undefined = undefined;
  /** Variables that good frames have set (`learn`), by name. */
  learned: Readonly<Record<string, number>> = NOTHING;
  /** A login has been cut from the stream, and perhaps not been judged yet: shapes for open connections apply. */
  opened = false;
  /** The shape by which the last frame was cut, or the unfinished one is being cut, from 1; 0 where there is only one. */
  shape = 0;
  /** Names of the requests that wait for an answer, the oldest first. */
  awaiting: readonly string[] = NOBODY;
  /** Only this shape is to be cut, from 1; 0: whichever fits. */
  only = 0;
  /** The frame at hand was put together of parts: its sizes and checks are those of the last one. */
  joined = false;
  /** Nothing is known of the connection: shapes are chosen by their bytes alone. */
  stateless = false;

  /** The next serial number of a counter that wraps behind `max`; 1 is the first. */
  nextSerial(max: number): number {
    this.serial = this.serial >= max ? 0 : this.serial + 1;
    return this.serial;
  }

  /** The number that was given out last was not used. */
  takeBack(max: number): void {
    this.serial = this.serial === 0 ? max : this.serial - 1;
  }

  /** A good frame has set a variable. */
  learn(name: string, value: number): void {
    if (this.learned[name] !== value) this.learned = { ...this.learned, [name]: value };
  }

  /** A request has been sent that waits for an answer. */
  await(request: string): void {
    this.awaiting = [...this.awaiting, request];
  }

  /** The oldest request has its answer. */
  answered(): void {
    this.awaiting = this.awaiting.slice(1);
  }
}

/** For what needs nothing of its connection. */
export function someConnection(conn: ConnContext | undefined): ConnContext {
  return conn ?? new ConnContext();
}

/** A variable of the connection; 0 where no frame has set it yet. */
export function learned(conn: ConnContext | undefined, name: string): number {
  return conn?.learned[name] ?? 0;
}
