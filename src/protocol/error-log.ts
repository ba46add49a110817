/** What the log shows of an error that user code has thrown: enough to find it, and nothing that a schema calls secret. */
import { type Decoded, type EncodeError, type MessageCodec, type MessageValue, secretValues } from '../codec/index.js';
import { errorText } from './errors.js';

/** The messages whose encoders have thrown. */
const encoding = new WeakMap<object, MessageCodec>();

/** Remembers which message it was that could not be encoded; returns the error. */
export function notEncoded(error: unknown, codec: MessageCodec): unknown {
  if (typeof error === 'object' && error !== null) encoding.set(error, codec);
  return error;
}

/**
 * The error's sentence.
 * @param codec of the message that was being handled, and `request` what was decoded, where there was one.
 */
export function loggable(
  error: unknown,
  codec?: Pick<MessageCodec, 'name' | 'secrets'>,
  request?: Pick<Decoded, 'value' | 'secrets'>,
): string {
  const encoded = typeof error === 'object' && error !== null ? encoding.get(error) : undefined;
  if (encoded !== undefined && (encoded.secrets?.length ?? 0) > 0) {
    const { name, code, field } = error as EncodeError;
    // By name: the application may have brought its own copy of the package.
    if (name === 'EncodeError') return `Cannot encode "${field}" of "${encoded.name}" (${code})`;
    return `Cannot encode "${encoded.name}" (${kindOf(error)})`;
  }
  const text = errorText(error);
  const secrets = request?.secrets ?? codec?.secrets ?? [];
  // What is shown of a thrown object is shortened, perhaps in the middle of a secret.
  if (secrets.length > 0 && typeof error === 'object' && !(error instanceof Error)) return 'an object was thrown';
  // With only the secret taken out, the words around it would tell what it was.
  if (request !== undefined && secrets.length > 0 && mayTell(text, request.value, secrets)) {
    return `${kindOf(error)}, whose text is not shown: it has a secret field of "${codec?.name ?? 'unknown'}" in it`;
  }
  return text;
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}

/** A lazy field that cannot be decoded says in its error what stands there. */
function mayTell(text: string, request: MessageValue, secrets: readonly string[]): boolean {
  try {
    return secretValues(request, secrets).some(value => tells(text, value));
  } catch {
    return true;
  }
}

/** The text has the value in it, plainly or as it is often written. */
function tells(text: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const lower = text.toLowerCase();
  return formsOf(value).some(form => form !== '' && lower.includes(form.toLowerCase()));
}

function formsOf(value: unknown): string[] {
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('latin1'), bytes.join(), bytes.join(', ')];
  }
  if (typeof value === 'object') return Object.values(value as object).flatMap(formsOf);
  const plain = String(value);
  const forms = [plain, JSON.stringify(plain).slice(1, -1), plain.replaceAll("'", "\\'")];
  if (typeof value === 'number' || typeof value === 'bigint') forms.push(value.toString(16));
  // A lone surrogate cannot be written in a URI.
  if (!/\p{Surrogate}/u.test(plain)) forms.push(encodeURIComponent(plain));
  return forms;
}

/** Where this package's runtime stands, compiled and as source maps name it. */
const own = ['../../../dist/src/', '../../../src/'].map(folder => new URL(folder, import.meta.url).pathname);

/** Where in the user's code it was thrown; neither this package's code nor a generated codec is that. */
export function place(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const isTheirs = (l: string): boolean =>
    !l.includes('node:') && !own.some(folder => l.includes(folder)) && !/\/codec\.[jt]s:/.test(l);
  const line = error.stack?.split('\n').find(l => /^\s+at .*:\d+:\d+\)?$/.test(l) && isTheirs(l));
  const found = line === undefined ? null : /((?:file:\/\/)?[^\s()]+:\d+):\d+\)?$/.exec(line);
  return found === null ? '' : ` (at ${found[1]!.replace('file://', '')})`;
}
