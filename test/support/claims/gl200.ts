/** Queclink: reports in columns, and three kinds of binary frames. */
import type { Claim, Position } from './claim.js';

interface Fix {
  readonly lat?: number;
  readonly lon?: number;
  readonly time?: number;
}

/** A decoder takes both ends; an encoder writes one. */
const ZERO = 'it ends with a zero byte, for which a dollar would be written';

export const claim: Claim = {
  corpus: 'gl200',
  foreign: {
    27: 'it was cut off within the time of sending',
    41: ZERO,
    61: 'the column of the version is missing',
    90: ZERO,
    91: ZERO,
    92: ZERO,
    99: ZERO,
    100: ZERO,
  },
  unnamed: {
    6: 'this model has two more columns in front of the time',
    31: 'this model has one more column in front of the position',
  },
  positions(v, message) {
    if (message === 'compactReport')
      return [{ id: String(v.imei), lat: Number(v.lat), lon: Number(v.lon), time: Number(v.time) }];
    if (message === 'binaryReport')
      return (v.fixes as readonly Position[]).map(({ lat, lon }) => ({ lat: lat!, lon: lon! }));
    const id = v.imei === undefined ? {} : { id: String(v.imei) };
    const fix = (v.fix as readonly Fix[] | undefined)?.[0];
    return [fix?.lat === undefined || fix.lon === undefined ? id : { ...id, ...fix }];
  },
  otherPosition: { 84: 'the second of its two positions stands in what follows the first' },
  compared: 150,
};
