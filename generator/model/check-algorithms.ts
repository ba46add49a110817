/** Checksums by the name that a schema uses. */
import type { CheckAlgorithm } from './model.js';

export const checkAlgorithms: readonly CheckAlgorithm[] = [
  { name: 'xor8', function: 'xor8', bytes: 1 },
  { name: 'sum8', function: 'sum8', bytes: 1 },
  { name: 'sum16', function: 'sum16', bytes: 2 },
  { name: 'crc16/x25', function: 'crc16X25', bytes: 2 },
  { name: 'crc16/arc', function: 'crc16Arc', bytes: 2 },
  { name: 'crc16/modbus', function: 'crc16Modbus', bytes: 2 },
  { name: 'crc16/kermit', function: 'crc16Kermit', bytes: 2 },
  { name: 'crc16/xmodem', function: 'crc16Xmodem', bytes: 2 },
  { name: 'crc16/ccitt-false', function: 'crc16CcittFalse', bytes: 2 },
  { name: 'crc32', function: 'crc32', bytes: 4 },
];
