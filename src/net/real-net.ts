/**
 * TCP, and sockets in the file system, through Node.
 *
 * A plain socket allocates 64 KiB for every read. Accepted sockets are therefore wrapped anew around their handle, with
 * `onread` and one read buffer for the whole process. The `handle` option is not documented: it is probed once, and
 * `data` events take over where it fails.
 */
import * as net from 'node:net';
import { connect as dialTls } from 'node:tls';
import { FramegateError } from '../protocol/errors.js';
import { type Address, type Endpoint, formatAddress, hostPort, plainHost, type Where } from './address.js';
import { realClock, type Timer } from './clock.js';
import type { Connection, ConnectionHandler, Listener, Net, Tls } from './net.js';
import { RealTls } from './tls.js';
import { pathProblem, removeStaleSocket } from './unix-path.js';

/** How long an ended connection may still send before it is destroyed. */
const LINGER = 1000;
/** How many times as long it gets while the last bytes to it have not left. */
const LINGERS = 10;
/** Idle time after which the system probes whether the peer's machine still exists. */
const KEEP_ALIVE = 30_000;
const READ_BUFFER = 64 * 1024;

/** The part of a socket's inside that wrapping needs. */
interface Inside {
  _handle: unknown;
}

/** Leads from a socket to its connection, so that all sockets share their listeners. */
const owner = Symbol('connection');

interface OwnedSocket extends net.Socket {
  [owner]?: SocketConnection;
}

// A plain array, not a Buffer: a Buffer's `slice` is a view, and whoever means to copy would keep borrowed bytes.
const shared = new Uint8Array(READ_BUFFER);
const onread = {
  buffer: shared,
  callback(this: OwnedSocket, length: number): boolean {
    this[owner]?.received(shared, length);
    return true;
  },
};

class SocketConnection implements Connection {
  peer: string;
  readonly fromPath: boolean;
  #socket: net.Socket;
  #handler: ConnectionHandler | undefined;
  #linger: Timer | undefined;
  /** TLS reads the socket. */
  #handed = false;
  /** What is written before it is there: in the clear it would be taken for TLS. */
  #held: [Uint8Array, (() => void) | undefined][] | undefined;
  #ending = false;
  #closed = false;
  #code: string | undefined;

  constructor(socket: OwnedSocket, peer: string, fromPath = false) {
    this.fromPath = fromPath;
    this.#socket = socket;
    this.peer = peer;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    this.#own(socket);
  }

  #own(socket: OwnedSocket): void {
    socket[owner] = this;
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('close', onClose);
  }

  serve(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  /** Reads, unless TLS does. */
  start(): void {
    if (!this.#handed) this.#socket.resume();
  }

  opened(): void {
    this.#handler?.opened?.();
  }

  received(b: Uint8Array, length: number): void {
    if (!this.#ending && !this.#closed) this.#handler?.data(b, 0, length);
  }

  failed(code: string): void {
    this.#code = code;
  }

  ended(): void {
    if (this.#ending) this.#socket.destroy();
    else this.#handler?.ended();
  }

  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#linger?.cancel();
    this.#handler?.closed(this.#code);
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, written?: () => void): void {
    if (this.#ending || this.#closed) return;
    if (this.#held !== undefined) {
      this.#held.push([bytes, written]);
      return;
    }
    this.#socket.write(bytes, written === undefined ? undefined : error => error ?? written());
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#socket.end();
    this.#socket.resume();
    this.#lingerOn(LINGERS);
  }

  secure(tls: Tls, first: Uint8Array): void {
    if (this.#ending || this.#closed) return;
    this.#handed = true;
    this.#held = [];
    const raw: OwnedSocket = this.#socket;
    raw.off('data', onData);
    raw.off('end', onEnd);
    (tls as RealTls).begin(raw, first, {
      secured: (socket: OwnedSocket) => {
        this.#socket = socket;
        this.#own(socket);
        const held = this.#held;
        this.#held = undefined;
        for (const [bytes, written] of held ?? []) this.write(bytes, written);
        this.#handler?.secured?.();
        // Whoever is told now may have ended it.
        if (this.#ending) return;
        socket.on('data', onData);
      },
      failed: code => {
        this.#code = code;
      },
    });
  }

  #lingerOn(rounds: number): void {
    this.#linger = realClock.setTimer(LINGER, () => {
      if (rounds > 1 && this.queued > 0) this.#lingerOn(rounds - 1);
      else this.destroy();
    });
  }

  destroy(): void {
    this.#ending = true;
    this.#socket.destroy();
  }
}

function onConnect(this: OwnedSocket): void {
  this[owner]?.opened();
}

function onData(this: OwnedSocket, b: Buffer): void {
  this[owner]?.received(new Uint8Array(b.buffer, b.byteOffset, b.length), b.length);
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[owner]?.failed(error.code ?? 'ERROR');
}

function onEnd(this: OwnedSocket): void {
  this[owner]?.ended();
}

function onClose(this: OwnedSocket): void {
  this[owner]?.closed();
}

/** Whether a socket built around another's handle reads through `onread`. */
let wrapping: Promise<boolean> | undefined;

function probe(): Promise<boolean> {
  return new Promise(resolve => {
    const give = (answer: boolean): void => {
      timer.cancel();
      server.close();
      client?.destroy();
      resolve(answer);
    };
    let client: net.Socket | undefined;
    const timer = realClock.setTimer(1000, () => give(false));
    const server = net.createServer({ pauseOnConnect: true }, accepted => {
      try {
        const socket = rewrap(accepted);
        const received = (b: Uint8Array, start: number, end: number): void => {
          give(end - start === 1 && b[start] === 0x2a);
          socket.destroy();
        };
        new SocketConnection(socket, '').serve({ data: received, ended() {}, closed: () => give(false) });
        socket.resume();
      } catch {
        give(false);
      }
    });
    server.on('error', () => give(false));
    server.listen(0, '127.0.0.1', () => {
      client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
      client.on('error', () => give(false));
      client.write('*');
    });
  });
}

function rewrap(accepted: net.Socket): net.Socket {
  const inside = accepted as unknown as Inside;
  const handle = inside._handle;
  inside._handle = null;
  accepted.destroy();
  return new net.Socket({ handle, allowHalfOpen: true, onread } as net.SocketConstructorOpts);
}

class RealListener<A extends Endpoint> implements Listener<A> {
  readonly address: A;
  readonly #server: net.Server;

  constructor(server: net.Server, where: A | { readonly fd: number }) {
    this.#server = server;
    const bound = server.address() as net.AddressInfo | string | null;
    const address: Endpoint =
      typeof bound === 'object' && bound !== null
        ? { host: bound.address, port: bound.port }
        : { path: 'path' in where ? where.path : '' };
    this.address = address as A;
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
    });
  }
}

/** Connections that may wait to be accepted: more than any system allows, so that what it is set to holds. */
const QUEUE = 65_535;

async function listen<A extends Endpoint>(
  where: A | { readonly fd: number },
  accept: (connection: Connection) => ConnectionHandler,
  wrapped: boolean,
  missed?: () => void,
): Promise<Listener<A>> {
  wrapping ??= probe();
  const wrap = wrapped && (await wrapping);
  if ('path' in where) await removeStaleSocket(where.path);
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted => {
    const { remoteAddress, remotePort } = accepted;
    const fromPath = isInFileSystem(server);
    if (remoteAddress === undefined && !fromPath) {
      // What it has left behind must not be taken for another's.
      accepted.destroy();
      missed?.();
      return;
    }
    let socket = accepted;
    if (wrap) socket = rewrap(accepted);
    else accepted.on('data', onData);
    const peer = remoteAddress === undefined ? '' : hostPort(plainHost(remoteAddress), remotePort as number);
    const connection = new SocketConnection(socket, peer, fromPath);
    connection.serve(accept(connection));
    connection.start();
  });
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => reject(listenError(where, error.code ?? error.message)));
    // Node takes the one for addresses and paths, the other for descriptors.
    server.listen({ ...where, backlog: QUEUE }, QUEUE, () => resolve(new RealListener(server, where)));
  });
}

/** The path is not known where the socket was handed down. */
function isInFileSystem(server: net.Server): boolean {
  const address = server.address();
  return address === null || typeof address === 'string';
}

const reasons: { readonly [code: string]: readonly [port: string, path: string] } = {
  EADDRINUSE: ['another process uses this port; stop it or choose another port', 'another process uses this path'],
  EACCES: ['this user may not use this port; choose one above 1023', 'this user may not write there'],
  EADDRNOTAVAIL: ['this machine has no such address', 'the system refused'],
};

export function listenError(where: Where, code: string): FramegateError {
  const name = 'fd' in where ? `descriptor ${where.fd}` : formatAddress(where);
  const known = reasons[code === 'ENOTFOUND' ? 'EADDRNOTAVAIL' : code];
  const why =
    'path' in where
      ? (pathProblem(where.path) ?? known?.[1] ?? 'the system refused')
      : (known?.[0] ?? 'the system refused');
  return new FramegateError('FG_LISTEN', `Cannot listen on ${name} (${code}): ${why}`);
}

function connect(address: Endpoint, handler: ConnectionHandler, tls?: Tls): Connection {
  if ('port' in address && address.tls === true) return connectSecurely(address, handler, tls);
  const socket = new net.Socket({ allowHalfOpen: true, onread } as net.SocketConstructorOpts);
  const connection = new SocketConnection(socket, 'path' in address ? '' : hostPort(address.host, address.port));
  connection.serve(handler);
  socket.on('connect', onConnect);
  socket.connect('path' in address ? { path: address.path } : { port: address.port, host: address.host });
  return connection;
}

/** Never in the clear: whoever has no certificates fails in the handshake, as nothing is believed. */
function connectSecurely(address: Address, handler: ConnectionHandler, tls: Tls | undefined): Connection {
  const { host, port } = address;
  const socket: OwnedSocket = tls === undefined ? dialTls({ host, port, ca: [] }) : (tls as RealTls).dial(address);
  const connection = new SocketConnection(socket, hostPort(host, port));
  connection.serve(handler);
  socket.on('secureConnect', onConnect);
  socket.on('data', onData);
  return connection;
}

/** @param wrap `false` reads through `data` events even where the faster way works. */
export function createRealNet(wrap = true): Net {
  // TLS takes the socket's inside over, and ends the process where that has another owner.
  return {
    listen: (where, accept, { secure = false, missed } = {}) => listen(where, accept, wrap && !secure, missed),
    tls: options => new RealTls(options),
    connect,
  };
}

export const realNet: Net = createRealNet();
