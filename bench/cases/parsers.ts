/** binary-parser as a contender: the same parsers that are the second opinion in the tests. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Interpreter, interpret } from '../../generator/interpret/binary-parser.js';
import { resolveSchema } from '../../generator/model/resolve.js';

/** @param checks markers, ids, sizes and checksums are compared */
export function parserOf(protocol: string, message: string, checks: boolean): Interpreter {
  const file = fileURLToPath(new URL(`../../../protocols/${protocol}.wire.yaml`, import.meta.url));
  const { model } = resolveSchema(file, readFileSync(file, 'utf8'));
  const parser = model === undefined ? undefined : interpret(model, { checks }).messages.get(message);
  if (parser === undefined) throw new Error(`binary-parser has no "${message}" of "${protocol}"`);
  return parser;
}
