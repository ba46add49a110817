/**
 * A network on which links speak TLS where an address says so, on both sides with certificates. Who uses it need not know: an
 * accepted connection is there at once, so that whoever admits strangers counts and times them from their first byte on.
 */
import type { Endpoint } from './address.js';
import type { Connection, ConnectionHandler, Listener, ListenOptions, Net, Tls, TlsOptions } from './net.js';

const NOTHING = new Uint8Array(0);

export class SecureNet implements Net {
  readonly #net: Net;
  readonly #tls: Tls;

  constructor(net: Net, tls: Tls) {
    this.#net = net;
    this.#tls = tls;
  }

  async listen<A extends Endpoint>(
    where: A | { readonly fd: number },
    accept: (connection: Connection) => ConnectionHandler,
    options: ListenOptions = {},
  ): Promise<Listener<A>> {
    // Listeners for clients have certificates of their own.
    if (options.secure === true || !('port' in where) || where.tls !== true)
      return this.#net.listen(where, accept, options);
    const begin = (connection: Connection): ConnectionHandler => {
      const handler = accept(connection);
      connection.secure(this.#tls, NOTHING);
      return handler;
    };
    const listener = await this.#net.listen(where, begin, { ...options, secure: true });
    return { address: { ...listener.address, tls: true } as A, close: () => listener.close() };
  }

  tls(options: TlsOptions): Tls {
    return this.#net.tls(options);
  }

  connect(address: Endpoint, handler: ConnectionHandler): Connection {
    return this.#net.connect(address, handler, this.#tls);
  }
}
