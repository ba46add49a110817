/** NMEA sentences and lines of many vendors on one port. */
import type { Claim, Position } from './claim.js';

type Value = Readonly<Record<string, unknown>>;

const PEER = 'the first identifier of the second opinion is the address of the peer';

export const claim: Claim = {
  corpus: 't55',
  foreign: {
    9: 'columns of its own stand behind the checksum',
    14: 'its checksum is wrong',
    15: 'its checksum is wrong',
  },
  positions: v => [{ ...who(v), ...where(v) }],
  otherPosition: { 0: PEER, 21: PEER },
  compared: 20,
};

function who(v: Value): Pick<Position, 'id'> {
  const id = v.imei ?? v.device;
  return id === undefined ? {} : { id: String(id) };
}

/** Degrees are signed where a type says so, and have a letter beside them elsewhere. */
function where(v: Value): Position {
  if (v.lat === undefined || v.lon === undefined) return {};
  const lat = Number(v.lat) * (v.north === 'S' ? -1 : 1);
  const lon = Number(v.lon) * (v.east === 'W' ? -1 : 1);
  return v.at === undefined ? { lat, lon } : { lat, lon, time: Math.floor(Number(v.at) / 1000) * 1000 };
}
