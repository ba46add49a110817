/**
 * The PROXY protocol, versions 1 and 2: what a proxy says in front of a connection about who is behind it.
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { crc, crcs } from '../codec/index.js';
import { hostPort, plainHost } from './address.js';

/** Bytes of the longest line of version 1, with its end (section 2.1). */
const LINE_MOST = 107;
/** `\r\n\r\n\0\r\nQUIT\n` (section 2.2). */
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const FIXED = 16;
/** Version and command. */
const LOCAL = 0x20;
const PROXY = 0x21;
/** Bytes behind the fixed part: an address of 216, and what a proxy adds in extensions. */
const REST_MOST = 4096;
/** Extension with a checksum of the whole header (section 2.2.4). */
const CRC32C = 0x03;
const crc32c = crc(crcs['crc32/castagnoli']!);
/** `PROXY`, a space. */
const WORD = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20);

export type ProxyHeader =
  /** What is there may be the beginning of one. */
  | 'more'
  | { readonly problem: string }
  /** `peer` is `host:port`; absent where the proxy speaks for itself. */
  | { readonly length: number; readonly peer: string | undefined };

/** Reads the header at the beginning of `b`. Never more than 4,112 bytes are needed. */
export function readProxyHeader(b: Uint8Array): ProxyHeader {
  if (b.length === 0) return 'more';
  const begins = (with_: Uint8Array): boolean => with_.every((byte, i) => i >= b.length || b[i] === byte);
  if (begins(SIGNATURE)) return b.length < FIXED ? 'more' : readBinary(b);
  if (begins(WORD)) return b.length < WORD.length ? 'more' : readLine(b);
  return { problem: 'it does not begin with a PROXY header' };
}

function readLine(b: Uint8Array): ProxyHeader {
  const line = Buffer.from(b.subarray(0, LINE_MOST)).toString('latin1');
  const end = line.indexOf('\r\n');
  if (end < 0) return b.length < LINE_MOST ? 'more' : { problem: 'the PROXY line does not end' };
  const [family, from, , port] = line.slice(WORD.length, end).split(' ');
  if (family === 'UNKNOWN') return { length: end + 2, peer: undefined };
  const isRight = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  const isPort = /^(?:0|[1-9]\d{0,4})$/.test(port ?? '') && Number(port) <= 65535;
  if (isRight === undefined || from === undefined || !isRight(from) || !isPort)
    return { problem: 'the PROXY line cannot be understood' };
  return { length: end + 2, peer: peerOf(from, Number(port)) };
}

/** What the address of each family takes: two hosts and two ports. Paths of the file system say nothing. */
const hostSizes: { readonly [family: number]: number } = { 17: 4, 33: 16 };

function readBinary(b: Uint8Array): ProxyHeader {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const [command, family, size] = [b[12]!, b[13]!, view.getUint16(14)];
  if (command !== LOCAL && command !== PROXY) return { problem: 'version or command of the PROXY header is unknown' };
  if (size > REST_MOST) return { problem: `the PROXY header announces ${size} bytes` };
  const length = FIXED + size;
  if (b.length < length) return 'more';
  // A proxy that speaks for itself may fill the rest with anything.
  if (command === LOCAL) return { length, peer: undefined };
  const hostSize = hostSizes[family] ?? 0;
  const addressSize = hostSize > 0 ? 2 * hostSize + 4 : family >> 4 === 3 ? 216 : 0;
  if (addressSize > size) return { problem: 'the PROXY header is too short for its address' };
  if (!isIntact(b.subarray(0, length), FIXED + addressSize))
    return { problem: 'the checksum of the PROXY header is wrong' };
  if (hostSize === 0) return { length, peer: undefined };
  const host = hostText(b.subarray(FIXED, FIXED + hostSize));
  return { length, peer: peerOf(host, view.getUint16(FIXED + 2 * hostSize)) };
}

/** Extensions are `type, length in two bytes, value`; nothing else of them is used. */
function isIntact(header: Uint8Array, from: number): boolean {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  let at = from;
  while (at + 3 <= header.length) {
    const size = view.getUint16(at + 1);
    if (header[at] === CRC32C && size === 4 && at + 7 <= header.length) {
      const bare = header.slice();
      bare.fill(0, at + 3, at + 7);
      return crc32c(bare, 0, bare.length) === view.getUint32(at + 3);
    }
    at += 3 + size;
  }
  return true;
}

function hostText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':');
}

/** In the one way in which an address is written. */
function peerOf(host: string, port: number): string {
  const { address } = new SocketAddress({ address: host, port, family: isIPv4(host) ? 'ipv4' : 'ipv6' });
  return hostPort(plainHost(address), port);
}
