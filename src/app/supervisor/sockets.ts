/** Listening sockets that are bound here and handed down to gateways: whoever accepts is a gateway. */
import * as net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { type Address, type Endpoint, listenError, removeStaleSocket, socketMark } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';

interface BoundHandle {
  readonly fd: number;
  getsockname(out: { port?: number }): number;
  close(): void;
}

interface Bound {
  readonly handle: BoundHandle;
  /** With the port that was given for 0. */
  readonly address: Endpoint;
  /** Of one in the file system: what tells it from another that takes its path. */
  readonly mark: string | undefined;
}

export class Sockets {
  readonly #bound: Bound[] = [];

  /** @throws FramegateError `FG_LISTEN`; those that were bound before are closed then. */
  static async bind(addresses: readonly Endpoint[]): Promise<Sockets> {
    const sockets = new Sockets();
    try {
      for (const address of addresses) sockets.#bound.push(await bindTo(address));
      return sockets;
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  get fds(): number[] {
    return this.#bound.map(({ handle }) => handle.fd);
  }

  get addresses(): Endpoint[] {
    return this.#bound.map(({ address }) => address);
  }

  /** @throws FramegateError `FG_LISTEN`: another has taken a path, between binding it and listening on it. */
  check(): void {
    for (const { address, ...bound } of this.#bound) {
      if (!isOwn({ address, ...bound })) throw listenError(address, 'EADDRINUSE');
    }
  }

  close(): void {
    // With the handle goes its path, even where another has it by now; with the process goes the handle.
    for (const bound of this.#bound) if (isOwn(bound)) bound.handle.close();
  }
}

function isOwn({ address, mark }: Bound): boolean {
  return !('path' in address) || socketMark(address.path) === mark;
}

async function bindTo(address: Endpoint): Promise<Bound> {
  // Not documented, but what `node:cluster` is made of: the only way to bind without accepting.
  const create = (net as unknown as { _createServerHandle?: (...args: unknown[]) => BoundHandle | number })
    ._createServerHandle;
  if (create === undefined) {
    const text = `Cannot hand down listening sockets with Node ${process.version}; start each role by itself with --role`;
    throw new FramegateError('FG_LISTEN', text);
  }
  if ('path' in address) await removeStaleSocket(address.path);
  const handle = create(...bindingOf(address));
  if (typeof handle === 'number') throw listenError(address, codeOf(handle));
  if ('path' in address) return { handle, address, mark: socketMark(address.path) };
  return { handle, address: { ...address, port: boundPort(handle, address) }, mark: undefined };
}

/** Address, port, kind of address, no descriptor, no flags: -1 where there is none. */
function bindingOf(address: Endpoint): [string, number, number, number, number] {
  if ('path' in address) return [address.path, -1, -1, -1, 0];
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  return [host, address.port, net.isIPv6(host) ? 6 : 4, -1, 0];
}

/** @throws FramegateError `FG_LISTEN`: a port in use shows only now. */
function boundPort(handle: BoundHandle, address: Address): number {
  const out: { port?: number } = {};
  const status = handle.getsockname(out);
  if (status !== 0) {
    handle.close();
    throw listenError(address, codeOf(status));
  }
  return out.port ?? address.port;
}

function codeOf(status: number): string {
  return status < 0 ? getSystemErrorName(status) : `error ${status}`;
}
