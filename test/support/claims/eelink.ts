import type { Claim } from './claim.js';

interface Place {
  readonly lat?: number;
  readonly lon?: number;
}

export const claim: Claim = {
  corpus: 'eelink',
  compared: 10,
  positions(value) {
    const { lat, lon } = (value.gps ?? value) as Place;
    const id = value.imei as string | undefined;
    const time = value.time as number | undefined;
    if (lat === undefined || lon === undefined) return id === undefined ? [] : [{ id }];
    return [{ lat, lon, ...(time === undefined ? {} : { time }) }];
  },
};
