/**
 * What a schema calls secret, and how it is kept out of sight. A secret is named by its path in the value of its message:
 * `pass`, `account.pin`; in a list it is the same for all items. Problems and errors name fields by the same paths.
 */
import type { Decoded, Direction, MessageValue, Protocol } from './contract.js';
import { EncodeError, type EncodeProblem, type Problem } from './problem.js';

/** What is shown in place of a secret. */
export const MASK = '***';

/**
 * A copy of a message that can be shown: every secret in it is `***`. What is no message of the protocol is returned as it is.
 * @param secrets of its codec; see {@link secretsOf}
 * @example console.log(maskSecrets(message, secretsOf(protocol, 'up', { name: 'login' })));
 */
export function maskSecrets(value: MessageValue, secrets: readonly string[]): MessageValue {
  return secrets.length === 0 ? value : (mask(value, secrets) as MessageValue);
}

/** The paths of the secrets of a decoded message, or of one that is named. */
export function secretsOf(
  protocol: Protocol,
  direction: Direction,
  message: Pick<Decoded, 'name' | 'secrets'>,
): readonly string[] {
  return message.secrets ?? protocol[direction].find(m => m.name === message.name)?.secrets ?? [];
}

function mask(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0 || value === undefined || value === null) return value;
  // It has another form than the schema says: who knows where the secret is.
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return MASK;
  if (Array.isArray(value)) return value.map(item => mask(item, secrets));
  const copy: MessageValue = {};
  for (const name of Object.keys(value)) {
    if (!secrets.includes(name)) copy[name] = mask((value as MessageValue)[name], below(secrets, name));
    else copy[name] = isAbsent(value, name) ? undefined : MASK;
  }
  return copy;
}

/** One that is read later is there, and need not be read to be hidden. */
function isAbsent(value: object, name: string): boolean {
  const member = Object.getOwnPropertyDescriptor(value, name)!;
  return member.get === undefined && member.value === undefined;
}

/** The secrets inside of a member. */
function below(secrets: readonly string[], name: string): string[] {
  return secrets.flatMap(path => (path.startsWith(`${name}.`) ? path.slice(name.length + 1) : []));
}

/** All secrets that a value holds. @throws DecodeError for one that is read later and cannot be */
export function secretValues(value: unknown, secrets: readonly string[]): unknown[] {
  if (secrets.length === 0 || value === undefined || value === null) return [];
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(item => secretValues(item, secrets));
  return Object.keys(value).flatMap(name => {
    const member = (value as MessageValue)[name];
    return secrets.includes(name) ? [member] : secretValues(member, below(secrets, name));
  });
}

const namesOf = (path: string): string[] => withoutIndexes(path).split('.');

const withoutIndexes = (path: string): string => path.replaceAll(/\[\d+\]/g, '');

/** Whether what is said of a field can tell a secret: it is one, stands in one or holds one; or nobody knows which it is. */
function concerns(field: string, secrets: readonly string[]): boolean {
  const path = withoutIndexes(field);
  return path === '' || secrets.some(s => `${s}.`.startsWith(`${path}.`) || `${path}.`.startsWith(`${s}.`));
}

/** Of these, what was got is a size, an id or a checksum. */
const COUNTS: ReadonlySet<string> = new Set(['SIZE', 'COUNT', 'LIMIT', 'TRUNCATED', 'VARINT', 'CHECK', 'UNKNOWN_ID']);

/**
 * Takes out of a problem what stands in the bytes, where that may be a secret: where the bytes are wrong, a secret may stand
 * in the place of something else. Returns `undefined`, as decoders do.
 */
export function hideGot(p: Problem, secrets: readonly string[]): undefined {
  if (secrets.length === 0 || p.got === undefined) return undefined;
  const isCount = p.code === 'TRAILING' || (COUNTS.has(p.code) && typeof p.got === 'number');
  if (isCount && !concerns(p.field, secrets)) return undefined;
  p.got = undefined;
  // What a checksum should be tells of what it is over.
  if (p.code === 'CHECK') p.want = undefined;
  return undefined;
}

/** The same error without the value, where that may be a secret. */
export function withoutSecret(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof EncodeError)) return error;
  // What stands in a type is named by the type, wherever the type stands.
  const names = new Set(secrets.flatMap(namesOf));
  if (!namesOf(error.field).some(name => names.has(name))) return error;
  return new EncodeError(error.code, error.field, `${UNSHOWN[error.code]}; its value is secret`);
}

const UNSHOWN: Readonly<Record<EncodeProblem, string>> = {
  RANGE: 'it is out of its range',
  TYPE: 'it has another type',
  ENUM: 'it is none of the names',
  LENGTH: 'it has another length',
  TEXT: 'it has characters that it cannot have',
  LIMIT: 'it is too long',
  NEEDS_REQUEST: 'it takes something of a request or connection: give the value',
  AMBIGUOUS: 'it would be read back as something else',
};
