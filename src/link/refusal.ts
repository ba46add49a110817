/** Why a peer was not let in. Only a number travels, so nobody writes into another's log. */
import { FramegateError } from '../protocol/index.js';

/** Their places are what is sent: new ones go to the end. */
export const refusals = ['version', 'role', 'keyMissing', 'keyUnknown', 'keyNotHeld', 'proof'] as const;
export type RefusalReason = (typeof refusals)[number];

const HOW = 'FRAMEGATE_KEY or --key-file';

/** What the side that refuses says in its own log. */
const here: { readonly [R in RefusalReason]: string } = {
  version: 'the peer speaks another version of the link',
  role: 'the peer has a role that does not belong here',
  keyMissing: 'the peer shows no key; give it one, with FRAMEGATE_KEY or --key-file',
  keyUnknown: 'the peer has none of the keys that this side has',
  keyNotHeld: 'the peer wants proof of a key, and this side has none; give it the key',
  proof: 'the peer cannot prove that it has the key',
};

/** What the side that was refused says. */
const there: { readonly [R in RefusalReason]: string } = {
  version: 'it speaks another version of the link',
  role: 'it does not take peers of this role',
  keyMissing: `it wants a key; give this side one, with ${HOW}`,
  keyUnknown: 'it has none of the keys that this side has',
  keyNotHeld: 'it has no key, and this side wants proof of one; give it the key too',
  proof: 'it does not take the proof of this side',
};

export class Refusal extends FramegateError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, text = here[reason]) {
    super('FG_LINK', text);
    this.reason = reason;
  }
}

/** The sentence for a number that a peer has sent. @param version of the link, that the peer speaks */
export function refusalText(code: number, version: number): string {
  const reason = refusals[code];
  if (reason === undefined) return 'refused: the peer does not say why';
  return `refused: ${there[reason]}${reason === 'version' ? `, ${version}` : ''}`;
}

/** A link that has ended so can be helped with the right key only. */
export function isAboutKeys(why: string): boolean {
  const about = ['keyMissing', 'keyUnknown', 'keyNotHeld', 'proof'] as const;
  return about.some(reason => why === here[reason] || why === `refused: ${there[reason]}`);
}
