/**
 * What may be the name of something: of a client, a user or a group. Both ends of a link judge by this, so that a caller
 * learns of a mistake where it was made, and a gateway keeps nothing that it could not say again.
 */

/** Characters of a uid or of the name of a group. */
export const NAME_LENGTH = 1024;

/** Characters of a bad name that are shown. */
const SHOWN = 40;

/** Half a surrogate pair has no bytes of its own: on a link it would become another text. */
export function isWhole(text: string): boolean {
  // The compiler's library is older than the oldest engine that this runs on.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Why this cannot be a name, as a sentence; `undefined`: it can. */
export function nameProblem(name: string): string | undefined {
  const { length } = name;
  if (length === 0 || length > NAME_LENGTH) {
    const which = length === 0 ? 'none: look where it comes from' : `${length}, as ${quoted(name)} has`;
    return `An id, a uid, or the name of a group, has 1 to ${NAME_LENGTH} characters, not ${which}`;
  }
  if (isWhole(name)) return undefined;
  return `There can be no id, uid or group ${quoted(name)}, as it ${HALVED}`;
}

/** The end of a sentence that refuses a text. */
export const HALVED = 'has half a surrogate pair: cut text between characters, or use text.toWellFormed()';

/** Of a text from anywhere: halves are escaped. */
function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
