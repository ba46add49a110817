import type { Claim, Position } from './claim.js';

interface Item {
  readonly tag: string;
  readonly imei?: string;
  readonly time?: number;
  readonly place?: { readonly lat: number; readonly lon: number };
}

export const claim: Claim = {
  corpus: 'galileo',
  compared: 47,
  positions({ items }) {
    const found: { -readonly [K in keyof Position]: Position[K] }[] = [];
    let time: number | undefined;
    for (const item of items as readonly Item[]) {
      if (item.imei !== undefined) found.push({ id: item.imei });
      time = item.time ?? time;
      if (item.place !== undefined) found.push({ lat: item.place.lat, lon: item.place.lon, time: time! });
    }
    return found;
  },
};
