/** Meiligao: frames of bytes around reports in characters. */
import type { Claim, Position } from './claim.js';

export const claim: Claim = {
  corpus: 'meiligao',
  foreign: {
    1: 'its checksum was blanked out',
    4: 'its checksum is wrong',
    6: 'two zero bytes stand behind the frame',
  },
  cutOtherwise: {
    0: 'a zero byte and nothing else: we report it as garbage',
    1: 'a zero byte stands in front of the frame: we report it as garbage',
    2: 'two zero bytes stand between two frames: we report them as garbage',
  },
  positions(v, message) {
    const id = String(v.device).replace(/f+$/, '');
    if (message !== 'position' && message !== 'alarm') return [{ id }];
    return [{ id, ...placeOf(v as Readonly<Record<string, string>>) }];
  },
  compared: 12,
};

/** What characters of a report say. */
function placeOf(v: Readonly<Record<string, string>>): Position {
  const [, day, month, year] = /^(..)(..)(..)$/.exec(v.date!)!;
  // The second opinion knows no fractions.
  const [, hour, minute, second] = /^(..)(..)(..)/.exec(v.clock!)!;
  const lat = degrees(v.lat!, 2) * (v.northSouth === 'S' ? -1 : 1);
  const lon = degrees(v.lon!, 3) * (v.eastWest === 'W' ? -1 : 1);
  return { lat, lon, time: Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`) };
}

const degrees = (text: string, digits: number): number =>
  Number(text.slice(0, digits)) + Number(text.slice(digits)) / 60;
