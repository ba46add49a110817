/**
 * Numbers of text that are more than a number: in hexadecimal digits, and with names for their bits. What the bits say is made
 * by two functions for each set of names: `statusOf` of a number, and `statusNumber` of an object.
 */
import type { BitsType, FlagsType, ProtocolModel, Type } from '../model/model.js';
import { camel, freshName } from '../model/names.js';
import type { HexNumberType } from '../model/text-model.js';
import { bitCode, maskCode, maskTest, spareMask } from './arithmetic.js';
import type { Code } from './code.js';
import type { EmitContext } from './context.js';
import { usedStructs } from './names.js';
import { typeText } from './ts-types.js';

export type MaskType = BitsType | FlagsType;

/** The functions of one set of names. */
export interface MaskNames {
  readonly of: string;
  readonly number: string;
}

/** What tells sets of names apart: flags are declared once, bits where they stand. */
const keyOf = (type: MaskType): object => (type.kind === 'flags' ? type.set : type.bits);

/** Names for the functions of all sets that text uses. */
export function maskNames(model: ProtocolModel, taken: Set<string>): ReadonlyMap<object, MaskNames> {
  const found = new Map<object, MaskNames>();
  for (const { fields } of [...usedStructs(model), ...model.messages])
    for (const { name, type } of fields) {
      if (!isMask(type) || found.has(keyOf(type))) continue;
      const stem = camel(type.kind === 'flags' ? type.set.name : name);
      found.set(keyOf(type), { of: freshName(`${stem}Of`, taken), number: freshName(`${stem}Number`, taken) });
    }
  return found;
}

/** Bits of a number that is written as characters. */
function isMask(type: Type): type is MaskType {
  return (type.kind === 'flags' || type.kind === 'bits') && type.spelled !== undefined;
}

/** Digits of a number that is known. */
export function spellHex({ digits, lower }: HexNumberType, v: number): string {
  const text = v.toString(16).padStart(digits, '0');
  return lower ? text : text.toUpperCase();
}

/** The digits of a number that is within their range. */
export function hexCode(ctx: EmitContext, { digits, lower }: HexNumberType, number: string): string {
  return `${ctx.use('hexDigits')}(${number}, ${digits})${lower ? '.toLowerCase()' : ''}`;
}

/** Reads `cell`; `undefined` where it is no number, or one with more bits. */
export function readMask(ctx: EmitContext, type: MaskType, cell: string, at: string, name: string): string {
  const { spelled, word } = type;
  const number =
    spelled?.kind === 'hexint'
      ? `${ctx.use('readHexInt')}(${cell}, ${spelled.digits}, ${at}, ${name})`
      : `${ctx.use('readIntTo')}(${cell}, ${2 ** (word.bytes * 8) - 1}, ${at}, ${name})`;
  return `${ctx.mask(keyOf(type), type).of}(${number})`;
}

/** The characters of `value`. */
export function spellMask(ctx: EmitContext, type: MaskType, value: string, name: string): string {
  const number = `${ctx.mask(keyOf(type), type).number}(${value}, ${name})`;
  return type.spelled?.kind === 'hexint' ? hexCode(ctx, type.spelled, number) : `String(${number})`;
}

/** The functions of all sets that were asked for. */
export function emitMasks(ctx: EmitContext, code: Code): void {
  for (const [type, { of, number }] of ctx.masks) {
    const value = typeText(type, ctx.names);
    code.block(`function ${of}(n: number | undefined): ${value} | undefined`, () => {
      code.line('if (n === undefined) return undefined;');
      code.wrapped('return {', members(type), '};');
    });
    code.line();
    code.block(`function ${number}(v: ${value}, field: string): number`, () => {
      code.line(`const bits = ${ctx.use('given')}(v, field);`);
      code.line(`return (${parts(ctx, type).join(' | ')}) >>> 0;`);
    });
    code.line();
  }
}

function members(type: MaskType): string[] {
  const total = type.spelled?.kind === 'hexint' ? type.spelled.digits * 4 : type.word.bytes * 8;
  const named =
    type.kind === 'flags'
      ? type.set.bits.map(({ name, bit }) => `${name}: ${maskTest('n', 2 ** bit)}`)
      : type.bits.filter(b => !b.spare).map(b => `${b.name}: ${bitCode('n', b, total)}`);
  const spare = spareOf(type);
  return spare === 0 ? named : [...named, `$rest: ${maskCode('n', spare)} || undefined`];
}

function parts(ctx: EmitContext, type: MaskType): string[] {
  const shifted = (code: string, shift: number): string => (shift === 0 ? code : `(${code} << ${shift})`);
  const label = (name: string): string => `\`\${field}.${name}\``;
  const named =
    type.kind === 'flags'
      ? type.set.bits.map(({ name, bit }) => shifted(`(bits.${name} ? 1 : 0)`, bit))
      : type.bits
          .filter(b => !b.spare)
          .map(b =>
            shifted(
              b.width === 1
                ? `${ctx.use('bit')}(bits.${b.name}, ${label(b.name)})`
                : `${ctx.use('integer')}(bits.${b.name}, 0, ${2 ** b.width - 1}, ${label(b.name)})`,
              b.shift,
            ),
          );
  const spare = spareOf(type);
  return spare === 0 ? named : [...named, `${ctx.use('spareBits')}(bits.$rest, 0x${spare.toString(16)}, field)`];
}

/** Bits without a name. */
function spareOf(type: MaskType): number {
  if (type.kind === 'bits') return spareMask(type.bits);
  return 2 ** (type.word.bytes * 8) - 1 - type.set.bits.reduce((n, { bit }) => n + 2 ** bit, 0);
}
