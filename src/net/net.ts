/**
 * The network, passed in. Bytes arrive as borrowed `(buffer, start, end)`: valid only until the call returns, because
 * one read buffer serves all connections of the process.
 */
import type { Endpoint } from './address.js';

/** What the owner of a connection is told. */
export interface ConnectionHandler {
  /** A dialled connection is up. Not called for accepted ones. */
  opened?(): void;
  /** TLS has begun, as {@link Connection.secure} was asked to. */
  secured?(): void;
  /** `b` is a plain array, never a Buffer: its `slice` copies. */
  data(b: Uint8Array, start: number, end: number): void;
  /** The peer will send no more. Writing is still possible. */
  ended(): void;
  /** Exactly once. `code` is the system's, such as `ECONNRESET`; absent after an orderly end. */
  closed(code: string | undefined): void;
}

export interface Connection {
  /** `host:port` of the peer; empty for one that is {@link fromPath}. Whoever reads a PROXY header sets it. */
  peer: string;
  /** Its peer is on this machine and has no address: it has come through the file system. */
  readonly fromPath: boolean;
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
  /** From now on another is told. */
  serve(handler: ConnectionHandler): void;
  /**
   * Goes on in TLS, as its server. The handler is told `secured`, or `closed` with a code that says why not.
   * @param first what has been read of the peer's beginning
   */
  secure(tls: Tls, first: Uint8Array): void;
}

/** Files in PEM form, as contents. */
export interface TlsOptions {
  /** What certificate and key are called in errors. */
  readonly name: string;
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
  readonly passphrase: string | undefined;
  /** The other side must have a certificate that these have signed. Absent: clients need none. */
  readonly clientCa: Uint8Array | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** What connections need to go on in TLS. */
export interface Tls {
  /** For handshakes from now on; whether clients need certificates stays. @throws FramegateError `FG_TLS`; all stays as it was then. */
  renew(options: TlsOptions): void;
}

export interface Listener<A extends Endpoint = Endpoint> {
  /** The real address, with the port that was given for 0. The path is empty for the descriptor of a socket in the file system. */
  readonly address: A;
  /** Accepts no more; established connections stay. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Connections are to go on in TLS: only then may they be asked to. */
  readonly secure?: boolean;
  /** Somebody has connected, and was gone before anybody could say who it was: there is no connection to accept. */
  missed?(): void;
}

export interface Net {
  /** @throws FramegateError `FG_LISTEN` in one sentence. */
  listen<A extends Endpoint>(
    where: A | { readonly fd: number },
    accept: (connection: Connection) => ConnectionHandler,
    options?: ListenOptions,
  ): Promise<Listener<A>>;
  /** @throws FramegateError `FG_TLS` */
  tls(options: TlsOptions): Tls;
  /** @param tls what this side shows and believes at an address that speaks TLS; `opened` is told when it does. */
  connect(address: Endpoint, handler: ConnectionHandler, tls?: Tls): Connection;
}
