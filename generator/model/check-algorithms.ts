/** Checksums by the name that a schema uses. */
import { crcs } from '../../src/codec/crc-catalogue.js';
import type { CheckAlgorithm } from './model.js';

const sums: readonly CheckAlgorithm[] = [
  { name: 'xor8', function: 'xor8', bytes: 1 },
  { name: 'bcc', function: 'xor8', bytes: 1 },
  { name: 'sum8', function: 'sum8', bytes: 1 },
  { name: 'sum16', function: 'sum16', bytes: 2 },
  { name: 'lrc', function: 'lrc', bytes: 1 },
  { name: 'fletcher16', function: 'fletcher16', bytes: 2 },
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
