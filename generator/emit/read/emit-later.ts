/** The functions by which kept fields are decoded: their bytes are all there is, so nothing says how many they are. */
import type { Field, Type } from '../../model/model.js';
import { type Code, quoted } from '../code.js';
import type { EmitContext } from '../context.js';
import { fieldType } from '../ts-types.js';
import { FieldReader } from './field-reader.js';

/** Those of these fields that have none yet. */
export function emitLater(ctx: EmitContext, fields: readonly Field[], code: Code): void {
  if (ctx.traced !== undefined) return;
  for (const field of ctx.takeLater(fields)) {
    const head = `function ${ctx.later(field)}(b: Uint8Array, o: number, end: number)`;
    code.line(`/** "${field.name}", when it is asked for. */`);
    code.block(`${head}: ${fieldType(field, ctx.names)} | undefined`, () => {
      const { lazy: _, when: __, ...plain } = field;
      const reader = new FieldReader(ctx, code, []);
      const value = reader.readValue({ ...plain, type: contentOf(field.type) });
      if (contentOf(field.type).kind === 'struct') {
        code.line(`if (o !== end) return ${ctx.use('trailing')}(o, end, ${quoted(field.name)});`);
      }
      code.line(`return ${value};`);
    });
    code.line();
  }
}

/** The same without what says where it ends. */
function contentOf(type: Type): Type {
  switch (type.kind) {
    case 'text':
    case 'hex':
    case 'bytes':
    case 'tlv':
    case 'list':
      return { ...type, size: { kind: 'rest' } };
    case 'sized':
      return contentOf(type.type);
    default:
      return type;
  }
}
