/** Addresses as people write them: `tcp://127.0.0.1:8282`, `tcp://[::1]:8282`. */
import { FramegateError } from '../protocol/errors.js';

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** @throws FramegateError `FG_ADDRESS` when the text is no address. */
export function parseAddress(text: string): Address {
  const match = /^(?:tcp:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new FramegateError('FG_ADDRESS', `"${text}" is not an address; write it as tcp://host:port`);
  }
  return { host: match[1] ?? match[2]!, port };
}

export function formatAddress(address: Address): string {
  return `tcp://${hostPort(address.host, address.port)}`;
}

export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The host of `host:port`, without brackets. */
export function hostOf(peer: string): string {
  return peer.slice(0, Math.max(0, peer.lastIndexOf(':'))).replace(/^\[|\]$/g, '');
}

/** Only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
