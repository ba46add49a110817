import type { Claim } from './claim.js';

const BROKEN = 'a line end stands in its text, and ends it';

export const claim: Claim = {
  corpus: 'suntech',
  foreign: { 8: BROKEN, 17: BROKEN },
  cutOtherwise: { 4: BROKEN },
  compared: 85,
  positions(value, message) {
    const { number, lat, lon, at } = value as { number: string; lat?: unknown; lon?: unknown; at?: number };
    if (message === 'packed') return [{ id: number.slice(0, 9) }];
    if (message === 'report') {
      const { south, micro } = lat as { south: boolean; micro: number };
      const { west, micro: east } = lon as { west: boolean; micro: number };
      const degrees = { lat: (south ? -micro : micro) / 1e6, lon: (west ? -east : east) / 1e6 };
      return [{ id: number, ...degrees, time: value.time as number }];
    }
    if (typeof lat !== 'number' || typeof lon !== 'number') return [{ id: number }];
    return [{ id: number, lat, lon, time: at! }];
  },
};
