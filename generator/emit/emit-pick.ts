/**
 * Markers with several forms, of which an encoder takes the one that the schema's `pick` says. A frame that came with
 * another keeps it as `$form`, so that it is written as it came.
 */
import type { Field, Frame, MagicType } from '../model/model.js';
import type { Expr } from '../schema/expression.js';
import { byteHex, type Code, quoted } from './code.js';
import type { EmitContext } from './context.js';
import { distance, FramePlaces, minOf, plusCode } from './frame-places.js';
import type { Locals } from './locals.js';
import { type Printed, printValue } from './print-expression.js';
import { leastForm } from './write/write-nested.js';

/** Takes the marker that the schema's `pick` says, now that the body's size is known. */
export function emitPick(ctx: EmitContext, frame: Frame, locals: Locals, code: Code): void {
  if (frame.pick === undefined) return;
  const { marker, magic } = markerOf(frame);
  const least = leastForm(magic, frame.layout);
  const sized = frame.layout.find(f => f.type.kind === 'case');
  const places = new FramePlaces(ctx, frame, code, locals, { b: 'w.bytes', start: 'start', stop: 'w.length' });
  // Every form is as long as the least one so far: its offsets hold.
  const head = minOf(places.head);
  code.line(`const body = w.length - start - ${head};`);
  const names = magic.forms.map(f => quoted(f.name)).join(', ');
  code.line(
    `const form = wanted === undefined ? ${picked(frame, 'body')} : ${ctx.use('oneOf')}(wanted, [${names}], '$form');`,
  );
  const at = places.place(marker);
  for (const form of magic.forms) {
    if (form === least) continue;
    code.block(`if (form === ${quoted(form.name)})`, () => {
      const arms = sized?.type.kind === 'case' ? sized.type.arms : [];
      const width = (name: string): number => arms.find(a => a.name === name)?.type.bytes ?? 0;
      const wider = width(form.name) - width(least.name);
      if (wider > 0) code.line(`w.shift(start + ${head}, ${wider});`);
      code.line([...form.bytes].map((byte, i) => `w.bytes[${plusCode(at, i)}] = ${byteHex(byte)};`).join(' '));
      if (wider > 0) emitMoved(places.head, sized!, wider, code);
    });
  }
}

/** Elements between a size that has grown and the body move with it. */
function emitMoved(head: readonly Field[], sized: Field, by: number, code: Code): void {
  const behind = minOf(head.slice(head.indexOf(sized) + 1));
  if (behind === 0) return;
  const from = minOf(head) - behind;
  code.line(`w.bytes.copyWithin(start + ${from + by}, start + ${from}, start + ${from + behind});`);
}

/** The form that `pick` takes for a body of so many bytes. */
function picked(frame: Frame, body: string): string {
  const { magic } = markerOf(frame);
  const scope = {
    name(path: readonly string[]): Printed | undefined {
      return magic.forms.some(f => f.name === path[0]) ? { code: quoted(path[0]!) } : undefined;
    },
    call(name: string, args: readonly Expr[]): Printed | undefined {
      return name === 'size' && args[0]?.kind === 'name' && args[0].path[0] === 'body' ? { code: body } : undefined;
    },
  };
  return printValue(frame.pick!.expr, scope);
}

function markerOf(frame: Frame): { marker: Field; magic: MagicType } {
  const marker = frame.layout.find(f => f.name === frame.pick?.element)!;
  return { marker, magic: marker.type as MagicType };
}

/** `'short' | 'long'` */
export function formType(frame: Frame): string {
  return markerOf(frame)
    .magic.forms.map(f => quoted(f.name))
    .join(' | ');
}

/** The form that stands in a frame, as code. */
export function formFrom(places: FramePlaces): string {
  const { marker, magic } = markerOf(places.frame);
  const [first, ...others] = magic.forms;
  return others.reduce(
    (no, form) => `${places.formTest(marker.name, form.name)} ? ${quoted(form.name)} : ${no}`,
    quoted(first!.name),
  );
}

/** `$form` of a frame that was read: the form that stands there, where it is not the one that `pick` takes. */
export function unusualForm(places: FramePlaces, code: Code): string {
  const form = places.local('form');
  code.line(`const ${form} = ${formFrom(places)};`);
  const body = distance(places.bodyStart(), places.bodyStop());
  return `${form} === (${picked(places.frame, body)}) ? undefined : ${form}`;
}
