/** What only texts have: their types, how a frame of text is laid out, and what is computed from their values. */
import { MOST_HEX_DIGITS } from '../../src/codec/text-values.js';
import type { Field, Struct, TemplatePart } from './model.js';

/** Types of values that are written as characters. */
export type WrittenType =
  /** So many characters, or one or more up to what follows. */
  | { readonly kind: 'chars'; readonly count: number | 'rest' }
  /** One or more characters without a space. */
  | { readonly kind: 'word' }
  /** Anything, also nothing. */
  | { readonly kind: 'rest' }
  | WholeType
  | HexNumberType
  | { readonly kind: 'decimal' }
  /** Degrees and minutes as one number, `4302.5395`: so many digits are degrees; 0: all but the two of minutes. */
  | { readonly kind: 'dm'; readonly digits: number }
  /** `hhmmss.sss`, or another form: milliseconds since midnight. */
  | { readonly kind: 'clock'; readonly form?: string }
  /** `ddMMyy`, or another form: milliseconds since 1970 of that day's midnight. */
  | { readonly kind: 'date'; readonly form?: string }
  /** `yyyyMMddHHmmss`, or with two digits of the year: milliseconds since 1970. `zone`: minutes that it is ahead of UTC. */
  | MomentType
  /** A text type of degrees and a letter, as one signed number. */
  | DegreesType;

/** A whole number in decimal digits. */
export interface WholeType {
  readonly kind: 'whole';
}

/** A whole number from 0 in hexadecimal digits: so many, or as few as it takes. */
export interface HexNumberType {
  readonly kind: 'hexint';
  /** 0: as few as it takes. */
  readonly digits: number;
  readonly lower: boolean;
}

export interface MomentType {
  readonly kind: 'moment';
  readonly yearDigits: 2 | 4;
  readonly zone: number;
  /** Another form than digits from the year to the second. */
  readonly form?: string;
}

export interface DegreesType {
  readonly kind: 'degrees';
  readonly struct: Struct;
  readonly digits: number;
  /** What stands between the number and the letter. */
  readonly between: string;
  /** Letters of positive and of negative degrees. */
  readonly plus: string;
  readonly minus: string;
}

/** How the fields of a message stand in its body. */
export type BodyForm =
  /** In columns. `between`: the character between two; `short`: those at the end may be missing. */
  | { readonly kind: 'csv'; readonly between: string; readonly short: boolean }
  /** `name=value;name=value`. */
  | { readonly kind: 'kv'; readonly pair: string; readonly equals: string }
  /** Members of a JSON object. `id`: the member that tells messages apart. */
  | { readonly kind: 'json'; readonly id: string };

/** How a frame of text is laid out. */
export interface TextLayout {
  /** The layout's elements and the literals between them; nothing where messages are whole lines. */
  readonly template: readonly TemplatePart[];
  readonly body?: BodyForm;
  /** Values keep what they were read from, where an encoder would write other characters. */
  readonly keepsSpelling?: true;
}

/** Names of texts: `valid` for `A`. */
export interface WordSet {
  /** Name of the generated type. */
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly word: string }[];
}

/** A value that a decoder computes from others: a moment from a date and a time of day. */
export interface Derived {
  readonly name: string;
  readonly date: string;
  readonly clock: string;
  /** Minutes that the clock is ahead of UTC. */
  readonly zone: number;
}

/** The greatest number that the digits can say. */
export function hexMost({ digits }: HexNumberType): number {
  return 16 ** (digits === 0 ? MOST_HEX_DIGITS : digits) - 1;
}

/** `hexint(8)`, as a schema writes it. */
export function hexText({ digits, lower }: HexNumberType): string {
  const words = [...(digits === 0 ? [] : [String(digits)]), ...(lower ? ['lower'] : [])];
  return words.length === 0 ? 'hexint' : `hexint(${words.join(' ')})`;
}

/** `time(HH:mm:ss)`, as a schema writes it. */
export function timeForm(type: MomentType | Extract<WrittenType, { kind: 'clock' | 'date' }>): string {
  if (type.kind === 'date') return `date(${type.form ?? 'ddMMyy'})`;
  const usual = type.kind === 'moment' ? `${'y'.repeat(type.yearDigits)}MMddHHmmss` : 'hhmmss.sss';
  return `time(${type.form ?? usual})`;
}

/** Types whose value is a string of characters. */
export function isLettered(type: { readonly kind: string }): boolean {
  return type.kind === 'chars' || type.kind === 'word' || type.kind === 'rest';
}

/** Texts that a schema gives a field: its constant, its default, its words. */
export function fixedTexts({ constantText, words, default: fallback, enum: set }: Field): string[] {
  if (constantText !== undefined) return [constantText];
  if (words !== undefined) return words.members.map(m => m.word);
  return typeof fallback === 'string' && set === undefined ? [fallback] : [];
}
