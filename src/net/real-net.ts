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

// A plain array, not a Buffer: a Buffer's `slice` is a view, and whoever means to copy would keep borrowed bytes.
const shared = new Uint8Array(READ_BUFFER);

class SocketConnection implements Connection {
  peer = '';
  #socket: net.Socket | undefined;
  #handler: ConnectionHandler | undefined;
  #linger: Timer | undefined;
  #ending = false;
  #closed = false;
  #code: string | undefined;

  attach(socket: net.Socket, handler: ConnectionHandler): void {
    this.#socket = socket;
    this.#handler = handler;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#code = error.code ?? 'ERROR';
    });
    socket.on('end', () => {
      if (this.#ending) socket.destroy();
      else handler.ended();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#linger?.cancel();
      handler.closed(this.#code);
    });
  }

  /** Bytes from an `onread` callback or a `data` event. */
  readonly received = (length: number, b: Uint8Array): boolean => {
    if (!this.#ending && !this.#closed) this.#handler?.data(b, 0, length);
    return true;
  };

  get queued(): number {
    return this.#socket?.writableLength ?? 0;
  }

  write(bytes: Uint8Array, written?: () => void): void {
    if (this.#ending || this.#closed) return;
    this.#socket?.write(bytes, written === undefined ? undefined : error => error ?? written());
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  end(): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#socket?.end();
    this.#socket?.resume();
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
    this.#socket?.destroy();
  }
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
        const socket = rewrap(accepted, length => {
          give(length === 1 && shared[0] === 0x2a);
          socket.destroy();
          return true;
        });
        socket.on('error', () => give(false));
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

function rewrap(accepted: net.Socket, callback: (length: number, b: Uint8Array) => boolean): net.Socket {
  const inside = accepted as unknown as Inside;
  const handle = inside._handle;
  inside._handle = null;
  accepted.destroy();
  const options = { handle, allowHalfOpen: true, onread: { buffer: shared, callback } };
  return new net.Socket(options as net.SocketConstructorOpts);
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
    const connection = new SocketConnection();
    let socket = accepted;
    if (wrap) socket = rewrap(accepted, connection.received);
    else
      accepted.on('data', (b: Buffer) =>
        connection.received(b.length, new Uint8Array(b.buffer, b.byteOffset, b.length)),
      );
    connection.peer =
      socket.remoteAddress === undefined ? '' : hostPort(socket.remoteAddress, socket.remotePort as number);
    connection.attach(socket, accept(connection));
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
  const connection = new SocketConnection();
  const socket = new net.Socket({
    allowHalfOpen: true,
    onread: { buffer: shared, callback: connection.received },
  } as net.SocketConstructorOpts);
  connection.peer = hostPort(address.host, address.port);
  connection.attach(socket, handler);
  socket.on('connect', () => handler.opened?.());
  socket.connect(address.port, address.host);
  return connection;
}

/** @param wrap `false` reads through `data` events even where the faster way works. */
export function createRealNet(wrap = true): Net {
  return { listen: (where, accept) => listen(where, accept, wrap), connect };
}

export const realNet: Net = createRealNet();
