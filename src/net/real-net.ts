/**
 * TCP through Node.
 *
 * A plain socket allocates 64 KiB for every read. Accepted sockets are therefore wrapped anew around their handle, with
 * `onread` and one read buffer for the whole process. The `handle` option is not documented: it is probed once, and
 * `data` events take over where it fails.
 */
import * as net from 'node:net';
import { FramegateError } from '../protocol/errors.js';
import { type Address, formatAddress, hostPort } from './address.js';
import { realClock, type Timer } from './clock.js';
import type { Connection, ConnectionHandler, Listener, Net } from './net.js';

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
  readonly peer: string;
  readonly #socket: net.Socket;
  #handler: ConnectionHandler | undefined;
  #linger: Timer | undefined;
  #ending = false;
  #closed = false;
  #code: string | undefined;

  constructor(socket: OwnedSocket, peer: string) {
    socket[owner] = this;
    this.#socket = socket;
    this.peer = peer;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('close', onClose);
  }

  serve(handler: ConnectionHandler): void {
    this.#handler = handler;
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
    this.#closed = true;
    this.#linger?.cancel();
    this.#handler?.closed(this.#code);
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, written?: () => void): void {
    if (this.#ending || this.#closed) return;
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

class RealListener implements Listener {
  readonly address: Address;
  readonly #server: net.Server;

  constructor(server: net.Server) {
    this.#server = server;
    const { address, port } = server.address() as net.AddressInfo;
    this.address = { host: address, port };
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
    });
  }
}

async function listen(
  where: Address | { readonly fd: number },
  accept: (connection: Connection) => ConnectionHandler,
  wanted: boolean,
): Promise<Listener> {
  wrapping ??= probe();
  const wrap = wanted && (await wrapping);
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted => {
    let socket = accepted;
    if (wrap) socket = rewrap(accepted);
    else accepted.on('data', onData);
    // Gone already when there is no address.
    const { remoteAddress, remotePort } = socket;
    const peer = remoteAddress === undefined ? '' : hostPort(remoteAddress, remotePort as number);
    const connection = new SocketConnection(socket, peer);
    connection.serve(accept(connection));
    socket.resume();
  });
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => reject(listenError(where, error.code ?? error.message)));
    const ready = (): void => resolve(new RealListener(server));
    if ('fd' in where) server.listen({ fd: where.fd }, ready);
    else server.listen({ host: where.host, port: where.port, backlog: 1024 }, ready);
  });
}

export function listenError(where: Address | { readonly fd: number }, code: string): FramegateError {
  const name = 'fd' in where ? `descriptor ${where.fd}` : formatAddress(where);
  const why =
    code === 'EADDRINUSE'
      ? 'another process uses this port; stop it or choose another port'
      : code === 'EACCES'
        ? 'this user may not use this port; choose one above 1023'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'this machine has no such address'
          : 'the system refused';
  return new FramegateError('FG_LISTEN', `Cannot listen on ${name} (${code}): ${why}`);
}

function connect(address: Address, handler: ConnectionHandler): Connection {
  const socket = new net.Socket({ allowHalfOpen: true, onread } as net.SocketConstructorOpts);
  const connection = new SocketConnection(socket, hostPort(address.host, address.port));
  connection.serve(handler);
  socket.on('connect', onConnect);
  socket.connect(address.port, address.host);
  return connection;
}

/** @param wrap `false` reads through `data` events even where the faster way works. */
export function createRealNet(wrap = true): Net {
  return { listen: (where, accept) => listen(where, accept, wrap), connect };
}

export const realNet: Net = createRealNet();
