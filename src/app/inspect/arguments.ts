/** Arguments of control calls: they come from outside. */
import type { Whom } from '../../gateway/index.js';
import { Networks } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';

export type CallArguments = Readonly<Record<string, unknown>>;

/** @throws FramegateError `FG_VALUE` */
export function givenText(args: CallArguments, name: string): string | undefined {
  const value = args[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new FramegateError('FG_VALUE', `"${name}" is a text`);
}

/** @throws FramegateError `FG_VALUE` */
export function givenNumber(args: CallArguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || (typeof value === 'number' && value >= 0)) return value;
  throw new FramegateError('FG_VALUE', `"${name}" is a number, 0 or more`);
}

/** @throws FramegateError `FG_VALUE`, `FG_CONFIG` for a network that is none */
export function whomOf(args: CallArguments): Whom {
  const address = givenText(args, 'address');
  return {
    id: givenText(args, 'id'),
    uid: givenText(args, 'uid'),
    protocol: givenText(args, 'protocol'),
    networks: address === undefined ? undefined : new Networks([address], '--address'),
  };
}
