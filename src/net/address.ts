/** Addresses as people write them: `tcp://127.0.0.1:8282`, `tls://[::1]:8883`, `unix:///run/app.sock`. */
import { isIPv6 } from 'node:net';
import { FramegateError } from '../protocol/errors.js';

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** TLS is spoken there. */
  readonly tls?: boolean;
}

/** A socket in the file system. */
export interface UnixAddress {
  readonly path: string;
}

/** Where clients connect. */
export type Endpoint = Address | UnixAddress;

/** Where to listen: an address, or a descriptor that is bound already. */
export type Where = Endpoint | { readonly fd: number };

/** Longest path of a socket in bytes, as systems have it: Linux takes 107, others 103. */
const PATH_MOST = 103;

/** @throws FramegateError `FG_ADDRESS` when the text is no address. */
export function parseAddress(text: string): Address {
  const address = tcpAddress(text.replace(/^(?:tcp|tls):\/\//, ''));
  if (address !== undefined) return text.startsWith('tls:') ? { ...address, tls: true } : address;
  throw new FramegateError('FG_ADDRESS', `"${text}" is not an address; write it as tcp://host:port or tls://host:port`);
}

/**
 * Where clients connect.
 * @param otherwise the scheme of an address that has none.
 * @throws FramegateError `FG_ADDRESS`
 */
export function parseEndpoint(text: string, otherwise: 'tcp' | 'tls' = 'tcp'): Endpoint {
  const [, scheme = otherwise, rest = ''] = /^(?:(tcp|tls|unix):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === 'unix') return unixAddress(text, rest);
  const address = tcpAddress(rest);
  if (address !== undefined) return scheme === 'tls' ? { ...address, tls: true } : address;
  throw new FramegateError(
    'FG_ADDRESS',
    `"${text}" is not an address; write it as tcp://host:port, tls://host:port or unix:///path`,
  );
}

function tcpAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([\w.-]+)):(\d+)$/.exec(text);
  if (match === null || (match[1] !== undefined && !isIPv6(match[1]))) return undefined;
  const port = Number(match[3]);
  if (port > 65535) throw new FramegateError('FG_ADDRESS', `"${text}" is not an address: ports go to 65535`);
  return { host: match[1] ?? match[2]!, port };
}

function unixAddress(text: string, path: string): UnixAddress {
  if (path === '' || path.endsWith('/') || /\p{Cc}/u.test(path))
    throw new FramegateError('FG_ADDRESS', `"${text}" is no path of a socket; write it as unix:///run/app.sock`);
  const length = Buffer.byteLength(path);
  if (length > PATH_MOST) {
    const text = `The path of the socket "${path}" has ${length} bytes; systems take ${PATH_MOST} at most: choose a shorter one`;
    throw new FramegateError('FG_ADDRESS', text);
  }
  return { path };
}

export function formatAddress(address: Endpoint): string {
  if ('path' in address) return `unix://${address.path}`;
  return `${address.tls === true ? 'tls' : 'tcp'}://${hostPort(address.host, address.port)}`;
}

export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The host of `host:port`, without brackets. */
export function hostOf(peer: string): string {
  return peer.slice(0, Math.max(0, peer.lastIndexOf(':'))).replace(/^\[|\]$/g, '');
}

/** An IPv4 address that a socket for both versions shows as `::ffff:a.b.c.d` is one of IPv4. */
export function plainHost(host: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host;
}

/**
 * Those who share it are counted as one: the address itself for IPv4, the network of 64 bits for IPv6, as one household or machine
 * has all of it.
 */
export function neighbourhood(host: string): string {
  if (!host.includes(':')) return host;
  const [left = '', right] = host.replace(/%.*/, '').split('::');
  const groups = left.split(':').filter(g => g !== '');
  // What is left out is zeros.
  if (right !== undefined) while (groups.length < 4 && groups.length + groupsOf(right) < 8) groups.push('0');
  return [...groups, ...(right ?? '').split(':')].slice(0, 4).join(':');
}

/** The last of them may be written as an IPv4 address, which stands for two. */
function groupsOf(text: string): number {
  return text === '' ? 0 : text.split(':').length + (text.includes('.') ? 1 : 0);
}

/** Only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
