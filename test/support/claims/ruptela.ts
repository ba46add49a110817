import type { Claim } from './claim.js';

interface Record {
  readonly time: number;
  readonly part?: { readonly index: number };
  readonly lat?: number;
  readonly lon?: number;
}

export const claim: Claim = {
  corpus: 'ruptela',
  compared: 20,
  positions: ({ imei, records = [] }) => {
    const id = String(imei).padStart(15, '0');
    // A record in several parts is one position.
    const places = (records as readonly Record[]).filter(r => r.lat !== undefined && (r.part?.index ?? 0) === 0);
    return [{ id }, ...places.map(({ time, lat, lon }) => ({ time, lat: lat!, lon: lon! }))];
  },
};
