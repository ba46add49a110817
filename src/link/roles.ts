/** What programs beside the workers may ask of a gateway. */
import { type CallKind, calls } from './records.js';

/** A pusher may send and change; a reader only looks. Neither gets clients. */
export type GuestRole = 'pusher' | 'reader';

/** Every call has an entry here: the compiler asks for it. */
const effects: { readonly [K in keyof typeof calls]: 'reads' | 'writes' | 'as what it asks' } = {
  bindUid: 'writes',
  unbindUid: 'writes',
  joinGroup: 'writes',
  leaveGroup: 'writes',
  setSession: 'writes',
  patchSession: 'writes',
  closeClient: 'writes',
  destroyClient: 'writes',
  closeUid: 'writes',
  ungroup: 'writes',
  sendTo: 'writes',
  claimUid: 'writes',
  claimed: 'writes',
  slot: 'writes',
  isOnline: 'reads',
  isUidOnline: 'reads',
  uidByClientId: 'reads',
  clientCountByGroup: 'reads',
  allClientCount: 'reads',
  getSession: 'reads',
  walk: 'reads',
  walkNames: 'reads',
  latestStamp: 'reads',
  each: 'as what it asks',
};

const reading: ReadonlySet<unknown> = new Set(
  Object.entries(effects).flatMap(([name, effect]) => (effect === 'reads' ? calls[name as keyof typeof calls] : [])),
);

/** Nothing is asked: the answer says that all before it has been done. */
export const BARRIER = 0 as CallKind;

/** @param asked the kind that is asked for each, when the call is `each`. */
export function mayCall(role: GuestRole, kind: CallKind, asked: unknown): boolean {
  return role === 'pusher' || kind === BARRIER || reading.has(kind === calls.each ? asked : kind);
}
