/** TLS by Node's own server and client: what it does about certificates and time limits is well tried. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { errorText, FramegateError } from '../protocol/errors.js';
import type { Address } from './address.js';
import type { Tls, TlsOptions } from './net.js';

/** What waits for a handshake. */
export interface Handshake {
  secured(socket: TLSSocket): void;
  failed(code: string): void;
}

/** Milliseconds that a timer takes at most. */
const LONGEST = 2 ** 31 - 1;

export class RealTls implements Tls {
  readonly #server: Server;
  readonly #required: boolean;
  #options: TlsOptions;
  /** By address and port of both ends: Node gives back another socket than it was given. */
  readonly #waiting = new Map<string, Handshake>();

  /** @throws FramegateError `FG_TLS` */
  constructor(options: TlsOptions) {
    this.#required = options.clientCa !== undefined;
    this.#options = options;
    try {
      this.#server = createServer({
        ...contextOf(options),
        requestCert: this.#required,
        // Refused here, so that it can be said why.
        rejectUnauthorized: false,
        // Whoever owns the connection has a limit of its own.
        handshakeTimeout: LONGEST,
      });
    } catch (error) {
      throw tlsError(options, error);
    }
    this.#server.on('secureConnection', socket => this.#secured(socket));
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#take(socket)?.failed(error.code ?? 'ERR_TLS');
    });
  }

  renew(options: TlsOptions): void {
    try {
      this.#server.setSecureContext(contextOf(options));
      this.#options = options;
    } catch (error) {
      throw tlsError(options, error);
    }
  }

  /** Dials a server whose certificate must be for the host of this address, and shows its own. */
  dial({ host, port }: Address): TLSSocket {
    return connect({
      ...contextOf(this.#options),
      host,
      port,
      allowHalfOpen: true,
      rejectUnauthorized: true,
    } as ConnectionOptions);
  }

  /** @param first bytes that have been read of what the peer says */
  begin(socket: Socket, first: Uint8Array, waiting: Handshake): void {
    const key = keyOf(socket);
    if (key === undefined) {
      socket.destroy();
      return;
    }
    this.#waiting.set(key, waiting);
    socket.once('close', () => {
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    });
    // What is put back is for TLS alone.
    socket.pause();
    if (first.length > 0) socket.unshift(first);
    // Whoever ends before the handshake is over has gone.
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    const waiting = this.#take(socket);
    if (waiting === undefined) {
      socket.destroy();
      return;
    }
    if (this.#required && !socket.authorized) {
      waiting.failed(String(socket.authorizationError));
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true;
    waiting.secured(socket);
  }

  #take(socket: TLSSocket): Handshake | undefined {
    const key = keyOf(socket);
    const waiting = key === undefined ? undefined : this.#waiting.get(key);
    if (key !== undefined) this.#waiting.delete(key);
    return waiting;
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  // Gone already when there is no address.
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function contextOf({ cert, key, passphrase, clientCa, minVersion }: TlsOptions) {
  const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  // What is no certificate would be passed over, and everybody refused.
  if (clientCa !== undefined) new X509Certificate(clientCa);
  return {
    cert: buffer(cert),
    key: buffer(key),
    ...(passphrase !== undefined && { passphrase }),
    ...(clientCa !== undefined && { ca: buffer(clientCa) }),
    minVersion,
  };
}

const hints: { readonly [code: string]: string } = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key is not that of the certificate',
  ERR_OSSL_PEM_NO_START_LINE: 'a file is not in PEM form',
  ERR_OSSL_PEM_BAD_END_LINE: 'a file in PEM form is not whole',
  ERR_OSSL_UNSUPPORTED: 'the key is no private key in PEM form',
  ERR_OSSL_BAD_DECRYPT: 'the passphrase of the key is wrong',
  ERR_MISSING_PASSPHRASE: 'the key needs a passphrase',
};

/** What OpenSSL says is kept out where it might show what stands in a key. */
function tlsError({ name, passphrase }: TlsOptions, error: unknown): FramegateError {
  const { code = 'ERR_TLS' } = error as NodeJS.ErrnoException;
  const needsPassphrase = passphrase === undefined && code === 'ERR_OSSL_BAD_DECRYPT';
  const why =
    hints[needsPassphrase ? 'ERR_MISSING_PASSPHRASE' : code] ??
    (code === 'ERR_TLS' ? errorText(error) : 'OpenSSL refuses certificate or key');
  return new FramegateError('FG_TLS', `Cannot speak TLS with ${name} (${code}): ${why}`);
}
