/**
 * The network, passed in. Bytes arrive as borrowed `(buffer, start, end)`: valid only until the call returns, because
 * one read buffer serves all connections of the process.
 */
import type { Address } from './address.js';

/** What the owner of a connection is told. */
export interface ConnectionHandler {
  /** A dialled connection is up. Not called for accepted ones. */
  opened?(): void;
  /** `b` is a plain array, never a Buffer: its `slice` copies. */
  data(b: Uint8Array, start: number, end: number): void;
  /** The peer will send no more. Writing is still possible. */
  ended(): void;
  /** Exactly once. `code` is the system's, such as `ECONNRESET`; absent after an orderly end. */
  closed(code: string | undefined): void;
}

export interface Connection {
  /** `host:port` of the peer, or an empty string when it is gone already. */
  readonly peer: string;
  /** Bytes that were written and have not left the process. */
  readonly queued: number;
  /**
   * Sends the bytes. They must stay as they are until `written` is called; it is not called when the connection closes
   * before.
   */
  write(bytes: Uint8Array, written?: () => void): void;
  /** Stops reading: nobody is told of the peer's end either until `resume`. */
  pause(): void;
  resume(): void;
  /** Sends what is queued and ends; input is discarded, for a second at most, then the connection is destroyed. */
  end(): void;
  destroy(): void;
}

export interface Listener {
  /** The real address, with the port that was given for 0. */
  readonly address: Address;
  /** Accepts no more; established connections stay. */
  close(): Promise<void>;
}

export interface Net {
  /** @throws FramegateError `FG_LISTEN` in one sentence. */
  listen(
    where: Address | { readonly fd: number },
    accept: (connection: Connection) => ConnectionHandler,
  ): Promise<Listener>;
  connect(address: Address, handler: ConnectionHandler): Connection;
}
