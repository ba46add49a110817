/** Tagged types: a loop over items, and a switch over their tags. */
import { outerNames } from '../model/check-scope.js';
import type { IntType, Struct, Tlv, TlvItem, Type } from '../model/model.js';
import { freshName, pascal } from '../model/names.js';
import { fixedSize } from '../model/sizes.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, intRange, plus, putInt, readInt } from './context.js';
import { trace, traceTagged } from './emit-trace.js';
import { Locals } from './locals.js';
import { outerArguments, outerLocals, outerParameters, outerScope } from './outer-names.js';
import { FieldReader } from './read/field-reader.js';
import { tlvMembers } from './read/read-nested.js';
import { fieldType, hasStrayBits, typeText } from './ts-types.js';
import { FieldWriter, isPlain } from './write/field-writer.js';

const headOf = (tlv: Tlv): number => tlv.tag.bytes + tlv.size.bytes;
const tagAt = (tlv: Tlv): number => (tlv.sizeFirst ? tlv.size.bytes : 0);
const sizeAt = (tlv: Tlv): number => (tlv.sizeFirst ? 0 : tlv.tag.bytes);

/** An `ItemForm` of framegate/codec. */
function formOf(ctx: EmitContext, tlv: Tlv): string {
  const words = `readTag: ${wordReader(ctx, tlv.tag)}, tagAt: ${tagAt(tlv)}, readSize: ${wordReader(ctx, tlv.size)}, sizeAt: ${sizeAt(tlv)}`;
  return `{ ${words}, head: ${headOf(tlv)}, counted: ${tlv.counted} }`;
}

/** The size of an item whose value has so many bytes; what it counts besides is in it. */
function sizeCode(ctx: EmitContext, { size, counted }: Tlv, bytes: string | number, name: string): string {
  if (typeof bytes === 'number') return String(bytes + counted);
  return plus(`${ctx.use('integer')}(${bytes}, 0, ${intRange(size).max - counted}, ${name})`, counted);
}

function itemReader(struct: Struct, item: TlvItem, ctx: EmitContext): string {
  return `read${ctx.names.type(struct)}${pascal(item.name)}`;
}

/** The constant with all tags that have a name. */
function tagsOf(ctx: EmitContext, struct: Struct): string {
  return `tagsOf${ctx.names.type(struct)}`;
}

export function emitReadTlv(ctx: EmitContext, struct: Struct, code: Code): void {
  const tlv = struct.tlv!;
  for (const item of tlv.items) emitReadItem(ctx, struct, item, code);
  const name = ctx.names.type(struct);
  const head = headOf(tlv);
  const fail = ctx.use('fail');
  const taken = new Locals(ctx.reserved, [...LOCALS, ...outerLocals(ctx, struct.outer)]);
  const locals = new Map(tlv.items.map(i => [i.name, freshName(i.name, taken)]));
  const memberLocal = (item: string): string => locals.get(item) ?? item;
  const params = `b: Uint8Array, o: number, end: number${outerParameters(ctx, struct.outer)}`;
  code.block(`function read${name}(${params}): ${name} | undefined`, () => {
    for (const { name: local, field, repeats } of tlv.items) {
      const type = repeats
        ? typeText({ kind: 'list', item: field.type, size: { kind: 'rest' } }, ctx.names)
        : fieldType(field, ctx.names);
      code.line(`let ${memberLocal(local)}: ${type} | undefined;`);
    }
    code.line(`let unknownItems: { tag: number; data: Uint8Array }[] | undefined;`);
    code.line('let declined: number[] | undefined;');
    if (tlv.keepsTail) code.line('let tailBytes: Uint8Array | undefined;');
    code.line('const first = o;').line('let rank = 0;').line('let inOrder = true;');
    code.block('while (o < end)', () => {
      const size = readInt(ctx, tlv.size, plus('o', sizeAt(tlv)));
      code.line(`const stop = end - o < ${head} ? end + 1 : ${plus('o', head - tlv.counted)} + ${size};`);
      // A size that counts what stands in front of the value may be too small even for that.
      const tooSmall = tlv.counted === 0 ? '' : `stop < ${plus('o', head)}`;
      if (tlv.keepsTail) {
        code.block(`if (${[tooSmall, 'stop > end'].filter(x => x !== '').join(' || ')})`, () => {
          trace(ctx, code, 'tail(o, end)');
          code.line(`tailBytes = ${ctx.use('bytes')}(b, o, end);`).line('break;');
        });
      } else {
        code.line(`if (stop > end) return ${fail}('TRUNCATED', end, '');`);
        if (tooSmall !== '')
          code.line(
            `if (${tooSmall}) return ${fail}('SIZE', ${plus('o', sizeAt(tlv))}, '', ${size}, 'at least ${tlv.counted}');`,
          );
      }
      code.line(`const tag = ${readInt(ctx, tlv.tag, plus('o', tagAt(tlv)))};`);
      trace(ctx, code, `tag(tag, o, o + ${head}, stop)`);
      code.line(`o += ${head};`);
      code.line(`let found = ${tlv.items.length};`);
      code.block('switch (tag)', () => {
        tlv.items.forEach((item, i) => {
          emitCase(ctx, struct, item, memberLocal(item.name), i, code);
        });
      });
      code.block(`if (found === ${tlv.items.length})`, () => {
        const { list } = ctx.model.limits;
        code.line(
          `if (unknownItems !== undefined && unknownItems.length >= ${list}) return ${fail}('LIMIT', o, 'unknown', undefined, ${list});`,
        );
        code.line(`unknownItems = ${ctx.use('keepItem')}(unknownItems, tag, ${ctx.use('bytes')}(b, o, stop));`);
      });
      trace(ctx, code, 'end(stop)');
      code.line('if (found < rank) inOrder = false;').line('rank = found;').line('o = stop;');
    });
    for (const { name: local, required } of tlv.items) {
      if (required)
        code.line(`if (${memberLocal(local)} === undefined) return ${fail}('MISSING', end, ${quoted(local)});`);
    }
    const order = `inOrder ? undefined : ${ctx.use('itemTags')}(b, first, o, ${formOf(ctx, tlv)}, declined)`;
    code.line(`${ctx.use('cursor')}.at = end;`);
    const items = tlvMembers(struct).map(m => {
      if (m === 'unknown') return 'unknown: unknownItems';
      if (m === '$order') return `$order: ${order}`;
      if (m === 'tail') return 'tail: tailBytes';
      return memberLocal(m) === m ? m : `${m}: ${memberLocal(m)}`;
    });
    code.wrapped('return {', items, '};');
  });
  code.line();
}

/** Locals of the loop; an item of the same name gets another. */
const LOCALS = ['b', 'o', 'end', 'first', 'rank', 'inOrder', 'stop', 'tag', 'found', 'value'].concat([
  'unknownItems',
  'declined',
  'tailBytes',
]);

/** The value of one item; `undefined` with the reason in `problem` when it is not as declared. */
function emitReadItem(ctx: EmitContext, struct: Struct, item: TlvItem, code: Code): void {
  if (item.field.type.kind === 'struct') return;
  const type = fieldType(item.field, ctx.names);
  const outer = outerNames(item.field.type);
  code.block(
    `function ${itemReader(struct, item, ctx)}(b: Uint8Array, o: number, end: number${outerParameters(ctx, outer)}): ${type} | undefined`,
    () => {
      const reader = new FieldReader(ctx, code, outerLocals(ctx, outer), outerScope(ctx, outer));
      const { none: _, ...field } = item.field;
      const value = reader.readValue(field);
      if (tellsItsEnd(field.type)) code.line(`${ctx.use('cursor')}.at = o;`);
      code.line(`return ${value};`);
    },
  );
  code.line();
}

/** Whether what stands in an item tells how long it is, or leaves bits over: then it need not be what the tag says. */
function tellsItsEnd(type: Type): boolean {
  const isRest = 'size' in type && type.size.kind === 'rest';
  return hasStrayBits(type) || (fixedSize(type) === undefined && !isRest);
}

function emitCase(ctx: EmitContext, struct: Struct, item: TlvItem, local: string, index: number, code: Code): void {
  const { field, repeats } = item;
  const size = fixedSize(field.type);
  const conditions: string[] = [];
  if (size !== undefined) conditions.push(`stop - o === ${size}`);
  if (!repeats) conditions.push(`${local} === undefined`);
  if (field.none !== undefined && field.type.kind === 'int')
    conditions.push(`${readInt(ctx, field.type, 'o')} !== ${field.none}`);
  const read =
    field.type.kind === 'struct' ? `read${ctx.names.type(field.type.struct)}` : itemReader(struct, item, ctx);
  const body = (): void => {
    traceTagged(ctx, code, field);
    code.line(`const value = ${read}(b, o, stop${outerArguments(ctx, outerNames(field.type))});`);
    const inside = field.type.kind === 'struct' ? `${ctx.use('inside')}(${quoted(item.name)})` : 'undefined';
    if (tellsItsEnd(field.type)) {
      // What ends too early or too late has the size of something else.
      code.line(`if (value === undefined && !${ctx.use('endsTooEarly')}()) return ${inside};`);
      code.block(`if (value === undefined || ${ctx.use('cursor')}.at !== stop)`, () =>
        code.line('(declined ??= []).push(o);').line('break;'),
      );
    } else code.line(`if (value === undefined) return ${inside};`);
    const { list } = ctx.model.limits;
    if (repeats) {
      code.line(
        `if (${local} !== undefined && ${local}.length >= ${list}) return ${ctx.use('fail')}('LIMIT', o, ${quoted(item.name)}, undefined, ${list});`,
      );
    }
    if (repeats) code.line(`(${local} ??= []).push(value);`);
    else code.line(`${local} = value;`);
    code.line(`found = ${index};`);
  };
  code.block(`case ${byteHex(item.tag)}:`, () => {
    if (conditions.length === 0) body();
    else code.block(`if (${conditions.join(' && ')})`, body, '} else (declined ??= []).push(o);');
    code.line('break;');
  });
}

/** A function that reads a tag or size. */
function wordReader(ctx: EmitContext, type: IntType): string {
  const letter = type.bytes === 1 ? 'u8' : `u${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
  return ctx.use(letter);
}

export function emitWriteTlv(ctx: EmitContext, struct: Struct, code: Code): void {
  const tlv = struct.tlv!;
  const name = ctx.names.type(struct);
  const head = headOf(tlv);
  ctx.useType('Writer');
  const tags = tlv.items.map(item => byteHex(item.tag));
  if (tags.length > 0)
    code
      .line(`const ${tagsOf(ctx, struct)}: ReadonlySet<number> = /* @__PURE__ */ new Set([${tags.join(', ')}]);`)
      .line();
  code.block(`function write${name}(w: Writer, v: ${name}${outerParameters(ctx, struct.outer)}): void`, () => {
    code.line('const first = w.length;');
    for (const item of tlv.items) {
      const value = `v.${item.name}`;
      // No item of a list is no item.
      const first = item.repeats ? `${value}?.[0]` : value;
      if (item.required) code.line(`${ctx.use('needed')}(${first}, ${quoted(item.name)});`);
      const list = `${ctx.use('listOf')}(${value}, ${ctx.model.limits.list}, ${quoted(item.name)})`;
      code.block(`if (${value} !== undefined)`, () => {
        if (item.repeats)
          code.block(`for (const item of ${list})`, () => emitWriteItem(ctx, tlv, item, 'item', struct, code));
        else emitWriteItem(ctx, tlv, item, value, struct, code);
      });
    }
    code.line('const kept = w.length;');
    const unknown = `${ctx.use('listOf')}(v.unknown, ${ctx.model.limits.list}, 'unknown')`;
    const writeUnknown = (): void => {
      code.line(`const item = ${ctx.use('given')}(each, 'unknown');`);
      code.line(`const at = w.reserve(${head});`);
      code.line(
        putInt(
          ctx,
          tlv.tag,
          'w.bytes',
          plus('at', tagAt(tlv)),
          `${ctx.use('integer')}(item.tag, 0, ${intRange(tlv.tag).max}, 'unknown.tag')`,
        ),
      );
      const bytes = `${ctx.use('writeBytes')}(w, item.data, 'unknown.data')`;
      code.line(`const bytes = ${sizeCode(ctx, tlv, bytes, "'unknown.data'")};`);
      code.line(putInt(ctx, tlv.size, 'w.bytes', plus('at', sizeAt(tlv)), 'bytes'));
    };
    code.block('if (v.unknown !== undefined)', () => code.block(`for (const each of ${unknown})`, writeUnknown));
    code.line(`if (v.$order !== undefined) ${ctx.use('reorderItems')}(w, first, kept, v.$order, ${formOf(ctx, tlv)});`);
    if (tlv.keepsTail) code.line(`if (v.tail !== undefined) ${ctx.use('writeBytes')}(w, v.tail, 'tail');`);
    // What is kept as bytes must not be read as something that has a name: a tag that none has cannot be.
    const tests = [
      ...(tlv.keepsTail ? ['v.tail !== undefined'] : []),
      ...(tags.length === 0 ? [] : [`${ctx.use('hasTag')}(v.unknown, ${tagsOf(ctx, struct)})`]),
    ];
    const again = `read${name}(w.bytes, first, w.length${outerArguments(ctx, struct.outer)})`;
    if (tests.length > 0) code.line(`if (${tests.join(' || ')}) ${ctx.use('sameKept')}(v, ${again});`);
  });
  code.line();
}

function emitWriteItem(ctx: EmitContext, tlv: Tlv, item: TlvItem, value: string, struct: Struct, code: Code): void {
  const head = headOf(tlv);
  const size = fixedSize(item.field.type);
  const name = quoted(`${struct.name}.${item.name}`);
  const writer = new FieldWriter(ctx, code, ['at', ...outerLocals(ctx, struct.outer)], {
    fields: [],
    path: struct.name,
    outer: outerScope(ctx, struct.outer),
  });
  if (isPlain(item.field)) {
    writer.writePlainItem(item.field, value, head, () => {
      code.line(putInt(ctx, tlv.tag, 'b', plus('p', tagAt(tlv)), byteHex(item.tag)));
      code.line(putInt(ctx, tlv.size, 'b', plus('p', sizeAt(tlv)), sizeCode(ctx, tlv, size!, name)));
    });
    return;
  }
  code.line(`const at = w.reserve(${head});`);
  code.line(putInt(ctx, tlv.tag, 'w.bytes', plus('at', tagAt(tlv)), byteHex(item.tag)));
  writer.writeItem(item.field, value);
  const bytes = sizeCode(ctx, tlv, size ?? `w.length - at - ${head}`, name);
  code.line(putInt(ctx, tlv.size, 'w.bytes', plus('at', sizeAt(tlv)), bytes));
}
