/** OBD trackers of Huasheng: frames between flags, with tagged items. */
import type { Claim } from './claim.js';

export const claim: Claim = {
  corpus: 'huasheng',
  asListed: hex => `c0${hex}c0`,
  positions(v, message) {
    if (message === 'login') return [{ id: String(v.imei) }];
    if (message !== 'position') return undefined;
    const [year, ...rest] = String(v.time).match(/../g)!;
    const [month, day, hour, minute, second] = rest;
    const time = Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return [{ lat: Number(v.lat), lon: Number(v.lon), time }];
  },
  compared: 5,
};
