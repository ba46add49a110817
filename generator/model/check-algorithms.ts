/** Checksums by the name that a schema uses. */
import { crcs } from '../../src/codec/crc-catalogue.js';
import { nearest } from '../schema/suggest.js';
import type { CheckAlgorithm } from './model.js';

const sums: readonly CheckAlgorithm[] = [
  { name: 'xor8', function: 'xor8', bytes: 1 },
  { name: 'bcc', function: 'xor8', bytes: 1 },
  { name: 'sum8', function: 'sum8', bytes: 1 },
  { name: 'sum16', function: 'sum16', bytes: 2 },
  { name: 'sum8/inverted', function: 'sum8Inverted', bytes: 1 },
  { name: 'lrc', function: 'lrc', bytes: 1 },
  { name: 'fletcher16', function: 'fletcher16', bytes: 2 },
  { name: 'fletcher16/mod256', function: 'fletcher16Mod256', bytes: 2 },
  { name: 'adler32', function: 'adler32', bytes: 4 },
];

/** CRCs that the library exports: of the others, generated code carries the parameters. */
const exported = [
  'crc16/x25',
  'crc16/arc',
  'crc16/modbus',
  'crc16/kermit',
  'crc16/xmodem',
  'crc16/ccitt-false',
  'crc32',
];

export const checkAlgorithms: readonly CheckAlgorithm[] = [...sums, ...Object.keys(crcs).flatMap(crcAlgorithms)];

/** What manuals call a checksum without saying which one; the commonest of each width. */
const COMMON: Readonly<Record<string, readonly string[]>> = {
  crc8: ['crc8/smbus', 'crc8/maxim', 'crc8/itu', 'crc8/rohc', 'crc8/sae-j1850'],
  crc16: ['crc16/modbus', 'crc16/x25', 'crc16/ccitt-false', 'crc16/xmodem', 'crc16/kermit', 'crc16/arc'],
  crc24: ['crc24/openpgp', 'crc24/ble'],
  crc32: ['crc32', 'crc32/castagnoli', 'crc32/mpeg-2', 'crc32/bzip2'],
};

/** Names that are not near the one that is meant. */
const HABITS: Readonly<Record<string, string>> = {
  crc32c: 'crc32/castagnoli',
  ccitt: 'crc16/kermit, crc16/ccitt-false, crc16/xmodem or crc16/x25',
  crcccitt: 'crc16/kermit, crc16/ccitt-false, crc16/xmodem or crc16/x25',
  crc16ccitt: 'crc16/kermit, crc16/ccitt-false, crc16/xmodem or crc16/x25: what goes by that name differs',
  crc16ibm: 'crc16/arc',
  crcitu: 'crc16/x25',
  crc16itu: 'crc16/x25',
  sum: 'sum8, sum16 or lrc',
  checksum: 'sum8, xor8, lrc, or a CRC such as crc16/modbus',
  add8: 'sum8',
  bcc8: 'bcc',
  lrc8: 'lrc',
  xor: 'xor8',
  xorsum: 'xor8',
  nmea: 'xor8',
  fletcher: 'fletcher16 (modulo 255) or fletcher16/mod256 (as in UBX)',
  fletcher8: 'fletcher16 (modulo 255) or fletcher16/mod256 (as in UBX)',
  ubx: 'fletcher16/mod256',
  xbee: 'sum8/inverted',
  adler: 'adler32',
};

/** What could be meant by a checksum that is none. */
export function checkHint(name: string): string {
  const bare = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const habit = Object.hasOwn(HABITS, bare) ? HABITS[bare] : undefined;
  if (habit !== undefined) return habit;
  const names = checkAlgorithms.map(a => a.name);
  const near = names.find(n => n.replaceAll(/[^a-z0-9]/g, '') === bare) ?? names.find(n => n.split('/')[1] === bare);
  if (near !== undefined) return `did you mean "${near}"?`;
  const common = Object.hasOwn(COMMON, bare) ? COMMON[bare] : undefined;
  if (common !== undefined)
    return `which one? ${common.join(', ')} or another of the table in the reference; a golden frame under vectors: shows it`;
  const close = nearest(name, names);
  if (close !== undefined) return `did you mean "${close}"?`;
  return 'xor8, sum8, sum16, lrc, fletcher16, adler32, a CRC such as crc16/modbus, or one of your own: { width: 16, poly: 0x1021 }';
}

/** The CRC under each of its names. */
function crcAlgorithms(name: string): CheckAlgorithm[] {
  const { check: _, aka, ...parameters } = crcs[name]!;
  const algorithm = {
    function: functionName(name),
    bytes: Math.ceil(parameters.width / 8),
    ...(exported.includes(name) ? {} : { parameters }),
  };
  return [name, ...aka].map(n => ({ name: n, ...algorithm }));
}

/** `crc16/ccitt-false` -> `crc16CcittFalse` */
function functionName(name: string): string {
  return name.replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase());
}
