import type { Claim, Position } from './claim.js';

export const claim: Claim = {
  corpus: 'castel',
  compared: 28,
  positions({ device, gps = [] }) {
    const places = (Array.isArray(gps) ? gps : [gps]) as readonly Required<Position>[];
    const id = String(device);
    if (places.length === 0) return [{ id }];
    return places.map(({ lat, lon, time }) => ({ id, lat, lon, time }));
  },
};
