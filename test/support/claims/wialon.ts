import type { Claim } from './claim.js';

export const claim: Claim = {
  corpus: 'wialon',
  foreign: { 7: 'the form for UDP: version and identifier in front' },
  compared: 12,
  positions(value) {
    const { imei, lat, lon, at } = value as { imei?: string; lat?: number; lon?: number; at?: number };
    if (imei !== undefined) return [{ id: imei }];
    if (lat === undefined || lon === undefined) return undefined;
    return [{ lat, lon, ...(at === undefined ? {} : { time: at }) }];
  },
};
