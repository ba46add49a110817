/**
 * CRCs by their usual names. Apart from the code that computes them, so that only who looks names up carries the table.
 *
 * `check` is the value over the ASCII digits 1 to 9.
 */
import type { CrcParameters } from './check-sums.js';

export interface CatalogueEntry extends CrcParameters {
  readonly check: number;
  /** Other names of the same. */
  readonly aka: readonly string[];
}

export const crcs: Readonly<Record<string, CatalogueEntry>> = {
  'crc8/smbus': forward(8, 0x07, 0, 0, 0xf4),
  'crc8/autosar': forward(8, 0x2f, 0xff, 0xff, 0xdf),
  'crc8/bluetooth': reflected(8, 0xa7, 0, 0, 0x26),
  'crc8/cdma2000': forward(8, 0x9b, 0xff, 0, 0xda),
  'crc8/darc': reflected(8, 0x39, 0, 0, 0x15),
  'crc8/dvb-s2': forward(8, 0xd5, 0, 0, 0xbc),
  'crc8/gsm-a': forward(8, 0x1d, 0, 0, 0x37),
  'crc8/gsm-b': forward(8, 0x49, 0, 0xff, 0x94),
  'crc8/hitag': forward(8, 0x1d, 0xff, 0, 0xb4),
  'crc8/i-432-1': forward(8, 0x07, 0, 0x55, 0xa1, 'crc8/itu'),
  'crc8/icode': forward(8, 0x1d, 0xfd, 0, 0x7e, 'crc8/i-code'),
  'crc8/lte': forward(8, 0x9b, 0, 0, 0xea),
  'crc8/maxim-dow': reflected(8, 0x31, 0, 0, 0xa1, 'crc8/maxim'),
  'crc8/mifare-mad': forward(8, 0x1d, 0xc7, 0, 0x99),
  'crc8/nrsc-5': forward(8, 0x31, 0xff, 0, 0xf7),
  'crc8/opensafety': forward(8, 0x2f, 0, 0, 0x3e),
  'crc8/rohc': reflected(8, 0x07, 0xff, 0, 0xd0),
  'crc8/j1850': forward(8, 0x1d, 0xff, 0xff, 0x4b, 'crc8/sae-j1850'),
  'crc8/ebu': reflected(8, 0x1d, 0xff, 0, 0x97, 'crc8/tech-3250'),
  'crc8/wcdma': reflected(8, 0x9b, 0, 0, 0x25),
  'crc16/x25': reflected(16, 0x1021, 0xffff, 0xffff, 0x906e, 'crc16/ibm-sdlc', 'crc16/iso-hdlc'),
  'crc16/arc': reflected(16, 0x8005, 0, 0, 0xbb3d),
  'crc16/modbus': reflected(16, 0x8005, 0xffff, 0, 0x4b37),
  'crc16/kermit': reflected(16, 0x1021, 0, 0, 0x2189, 'crc16/ccitt'),
  'crc16/xmodem': forward(16, 0x1021, 0, 0, 0x31c3),
  'crc16/ccitt-false': forward(16, 0x1021, 0xffff, 0, 0x29b1, 'crc16/ibm-3740'),
  'crc16/aug-ccitt': forward(16, 0x1021, 0x1d0f, 0, 0xe5cc, 'crc16/spi-fujitsu'),
  'crc16/buypass': forward(16, 0x8005, 0, 0, 0xfee8, 'crc16/umts'),
  'crc16/cdma2000': forward(16, 0xc867, 0xffff, 0, 0x4c06),
  'crc16/cms': forward(16, 0x8005, 0xffff, 0, 0xaee7),
  'crc16/crc-a': reflected(16, 0x1021, 0xc6c6, 0, 0xbf05, 'crc16/iso-iec-14443-3-a'),
  'crc16/dds-110': forward(16, 0x8005, 0x800d, 0, 0x9ecf),
  'crc16/dect-r': forward(16, 0x0589, 0, 0x0001, 0x007e),
  'crc16/dect-x': forward(16, 0x0589, 0, 0, 0x007f),
  'crc16/dnp': reflected(16, 0x3d65, 0, 0xffff, 0xea82),
  'crc16/en-13757': forward(16, 0x3d65, 0, 0xffff, 0xc2b7),
  'crc16/genibus': forward(16, 0x1021, 0xffff, 0xffff, 0xd64e),
  'crc16/gsm': forward(16, 0x1021, 0, 0xffff, 0xce3c),
  'crc16/lj1200': forward(16, 0x6f63, 0, 0, 0xbdf4),
  'crc16/m17': forward(16, 0x5935, 0xffff, 0, 0x772b),
  'crc16/maxim': reflected(16, 0x8005, 0, 0xffff, 0x44c2, 'crc16/maxim-dow'),
  'crc16/mcrf4xx': reflected(16, 0x1021, 0xffff, 0, 0x6f91),
  'crc16/nrsc-5': reflected(16, 0x080b, 0xffff, 0, 0xa066),
  'crc16/opensafety-a': forward(16, 0x5935, 0, 0, 0x5d38),
  'crc16/opensafety-b': forward(16, 0x755b, 0, 0, 0x20fe),
  'crc16/profibus': forward(16, 0x1dcf, 0xffff, 0xffff, 0xa819),
  'crc16/riello': reflected(16, 0x1021, 0xb2aa, 0, 0x63d0),
  'crc16/t10-dif': forward(16, 0x8bb7, 0, 0, 0xd0db),
  'crc16/teledisk': forward(16, 0xa097, 0, 0, 0x0fb3),
  'crc16/tms37157': reflected(16, 0x1021, 0x89ec, 0, 0x26b1),
  'crc16/usb': reflected(16, 0x8005, 0xffff, 0xffff, 0xb4c8),
  'crc24/openpgp': forward(24, 0x864cfb, 0xb704ce, 0, 0x21cf02),
  'crc24/ble': reflected(24, 0x00065b, 0x555555, 0, 0xc25a56),
  'crc24/flexray-a': forward(24, 0x5d6dcb, 0xfedcba, 0, 0x7979bd),
  'crc24/flexray-b': forward(24, 0x5d6dcb, 0xabcdef, 0, 0x1f23b8),
  'crc24/interlaken': forward(24, 0x328b63, 0xffffff, 0xffffff, 0xb4f3e6),
  'crc24/lte-a': forward(24, 0x864cfb, 0, 0, 0xcde703, 'crc24/q'),
  'crc24/lte-b': forward(24, 0x800063, 0, 0, 0x23ef52),
  'crc24/os-9': forward(24, 0x800063, 0xffffff, 0xffffff, 0x200fa5),
  crc32: reflected(32, 0x04c1_1db7, 0xffff_ffff, 0xffff_ffff, 0xcbf4_3926, 'crc32/iso-hdlc'),
  'crc32/aixm': forward(32, 0x8141_41ab, 0, 0, 0x3010_bf7f, 'crc32/q'),
  'crc32/autosar': reflected(32, 0xf4ac_fb13, 0xffff_ffff, 0xffff_ffff, 0x1697_d06a),
  'crc32/base91-d': reflected(32, 0xa833_982b, 0xffff_ffff, 0xffff_ffff, 0x8731_5576),
  'crc32/bzip2': forward(32, 0x04c1_1db7, 0xffff_ffff, 0xffff_ffff, 0xfc89_1918),
  'crc32/castagnoli': reflected(32, 0x1edc_6f41, 0xffff_ffff, 0xffff_ffff, 0xe306_9283, 'crc32/iscsi'),
  'crc32/cd-rom-edc': reflected(32, 0x8001_801b, 0, 0, 0x6ec2_edc4),
  'crc32/jamcrc': reflected(32, 0x04c1_1db7, 0xffff_ffff, 0, 0x340b_c6d9),
  'crc32/mef': reflected(32, 0x741b_8cd7, 0xffff_ffff, 0, 0xd2c2_2f51),
  'crc32/mpeg-2': forward(32, 0x04c1_1db7, 0xffff_ffff, 0, 0x0376_e6e7),
  'crc32/posix': forward(32, 0x04c1_1db7, 0, 0xffff_ffff, 0x765e_7680, 'crc32/cksum'),
  'crc32/xfer': forward(32, 0x0000_00af, 0, 0, 0xbd0b_e338),
};

/** Bytes go in and the register comes out highest bit first. */
function forward(
  width: number,
  poly: number,
  init: number,
  xorout: number,
  check: number,
  ...aka: readonly string[]
): CatalogueEntry {
  return { width, poly, init, refin: false, refout: false, xorout, check, aka };
}

/** Both lowest bit first. */
function reflected(
  width: number,
  poly: number,
  init: number,
  xorout: number,
  check: number,
  ...aka: readonly string[]
): CatalogueEntry {
  return { width, poly, init, refin: true, refout: true, xorout, check, aka };
}
