/**
 * What a gateway counts, under the names that the page on counters lists. Counts begin with the process and never become
 * less; what is as of now says so there. Nothing is counted for this: it looks at what is there when it is asked.
 */
import { type Counted, countedIn } from '../protocol/index.js';
import type { Gateway } from './gateway.js';

type Traffic = 'bytesIn' | 'bytesOut' | 'framesIn' | 'framesOut';

function traffic(gateway: Gateway, of: Traffic): number {
  let sum = gateway.past[of];
  for (const client of gateway.tables.byId.values()) sum += client[of];
  return sum;
}

function peers({ peers }: Gateway, guests: boolean): number {
  let count = 0;
  for (const { stage } of peers) if ((stage === 'guest') === guests) count++;
  return count;
}

const counters = {
  clients: ({ tables }: Gateway) => tables.byId.size,
  uids: ({ tables }: Gateway) => tables.byUid.size,
  groups: ({ tables }: Gateway) => tables.byGroup.size,
  workers: (gateway: Gateway) => peers(gateway, false),
  programs: (gateway: Gateway) => peers(gateway, true),
  bytesIn: (gateway: Gateway) => traffic(gateway, 'bytesIn'),
  bytesOut: (gateway: Gateway) => traffic(gateway, 'bytesOut'),
  framesIn: (gateway: Gateway) => traffic(gateway, 'framesIn'),
  framesOut: (gateway: Gateway) => traffic(gateway, 'framesOut'),
  entering: ({ door }: Gateway) => door.entering,
  refused: ({ door }: Gateway) => ({ ...door.refusals }),
  bans: ({ door }: Gateway) => door.admission.bans,
  closes: ({ closes }: Gateway) => ({ ...closes }),
  badFrames: ({ badFrames }: Gateway) => Object.fromEntries(badFrames.counts),
  answers: ({ answers }: Gateway) => ({ ...answers }),
  fragments: ({ fragments }: Gateway) => ({ ...fragments }),
  buffers: ({ buffers }: Gateway) => {
    const { backlogs, held, unfinished, output } = buffers;
    return { events: backlogs.bytes, held, unfinished, output };
  },
  shed: ({ buffers }: Gateway) => ({ events: buffers.shed, output: buffers.shedOutput }),
  dropped: ({ dropped }: Gateway) => ({ ...dropped.messages }),
  droppedBytes: ({ dropped }: Gateway) => ({ ...dropped.bytes }),
  owed: ({ upstream: { owed } }: Gateway) => ({ clients: owed.clients, dropped: owed.dropped }),
  notReplayed: ({ upstream }: Gateway) => upstream.notReplayed,
  fenced: (gateway: Gateway) => [...gateway.peers].reduce((sum, peer) => sum + peer.fenced, gateway.past.fenced),
  quarantined: ({ quarantine }: Gateway) => quarantine.count,
} as const;

/** One number for each name, or for each thing that it is counted by. */
export type GatewayCounters = Counted<typeof counters>;

export const gatewayCounters = (gateway: Gateway): GatewayCounters => countedIn(counters, gateway);
