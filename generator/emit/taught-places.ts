/** What a frame that is being written teaches about its connection: its own body is read by that. */
import type { Field, Message } from '../model/model.js';
import { type Expr, namesIn } from '../schema/expression.js';
import type { Code } from './code.js';
import type { EmitContext } from './context.js';
import { FramePlaces, type Where } from './frame-places.js';
import type { Locals } from './locals.js';
import { type Printed, printNumber } from './print-expression.js';

/**
 * What a frame that is written teaches itself under this name, if it does so before its body: whoever reads the body has
 * learnt it by then. Only what goes up is learnt from.
 */
export function taught({ dir, frame }: Message, path: readonly string[]): Expr | undefined {
  if (dir !== 'up' || path.length !== 2 || path[0] !== 'conn') return undefined;
  const rule = frame.learn.findLast(l => l.name === path[1]);
  const head = frame.layout.slice(
    0,
    frame.layout.findIndex(f => f.type.kind === 'body'),
  );
  const isKnown = ([name]: readonly string[]): boolean => head.some(f => f.name === name && !isFilledIn(f));
  return rule !== undefined && namesIn(rule.expr).every(isKnown) ? rule.expr : undefined;
}

/** It is written when the body has been: a size, a checksum. */
function isFilledIn({ type, covers, auto }: Field): boolean {
  const bitSize = type.kind === 'bits' && type.bits.some(b => b.auto?.kind === 'size');
  return covers !== undefined || auto?.kind === 'size' || type.kind === 'check' || type.kind === 'case' || bitSize;
}

/** What stands around the body of a message that is written; `conn.x` is what its head teaches, where it does. */
export class TaughtPlaces extends FramePlaces {
  readonly #message: Message;

  constructor(ctx: EmitContext, m: Message, code: Code, locals: Locals, where: Where) {
    super(ctx, m.frame, code, locals, where);
    this.#message = m;
  }

  override name(path: readonly string[]): Printed | undefined {
    const expr = taught(this.#message, path);
    return expr === undefined ? super.name(path) : { code: `(${printNumber(expr, this)})` };
  }
}
