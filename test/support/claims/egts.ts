import type { Claim } from './claim.js';

interface Record {
  readonly object?: number;
  readonly items: {
    readonly terminal?: { readonly imei?: string };
    readonly position?: { readonly lat: number; readonly lon: number; readonly time: number };
  };
}

export const claim: Claim = {
  corpus: 'egts',
  compared: 21,
  positions: ({ records }) =>
    (records as readonly Record[]).map(({ object, items }) => {
      const id = items.terminal?.imei ?? (object === undefined ? undefined : String(object));
      return { ...(id === undefined ? {} : { id }), ...items.position };
    }),
};
