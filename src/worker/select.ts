/** Selecting clients: all at once from every gateway, or page by page, one gateway behind the other. */
import type { Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { ClientRow, Select, Selection } from './cluster.js';
import { type Gateways, isUnreachable } from './gateways.js';
import { type Names, namesOf } from './names.js';
import { askPage, askRows } from './questions.js';
import { shown } from './shown.js';

type Condition = { readonly [key: string]: Value };
type Row = Pick<ClientRow, keyof ClientRow>;

/** Keys of a condition whose values are names, or `true` for any. */
const NAMED = ['id', 'uid', 'group'] as const;

export async function select(gateways: Gateways, asked: Select): Promise<Selection<Row>> {
  const where = (asked.where ?? {}) as Condition;
  for (const key of NAMED) checkNamed(where[key]);
  const fields = asked.fields ?? ['id', 'uid'];
  if (fields.length === 0) throw new FramegateError('FG_VALUE', 'A selection needs fields, such as fields: ["id"]');
  if (asked.limit === undefined && asked.after === undefined) {
    const { value, complete, missing } = await askRows(gateways, where, fields);
    return { value: value.map(row => rowOf(row, fields)), complete, missing, next: undefined };
  }
  return selectPage(gateways, where, fields, limitOf(asked), placeOf(asked.after));
}

async function selectPage(
  gateways: Gateways,
  where: Condition,
  fields: readonly string[],
  limit: number,
  [first, slot]: readonly [epoch: string, slot: number],
): Promise<Selection<Row>> {
  const { missing, complete } = await gateways.gather(async () => undefined);
  const silent = [...missing];
  const value: Row[] = [];
  // By boot epochs, which begin with a time: a gateway that starts meanwhile comes behind those that are there.
  const peers = [...gateways.ready()].filter(p => p.epoch >= first).sort((a, b) => (a.epoch < b.epoch ? -1 : 1));
  for (const peer of peers) {
    let at: number | null = peer.epoch === first ? slot : 0;
    while (at !== null) {
      if (value.length >= limit) return resultWith(`${peer.epoch}.${at}`);
      try {
        const page = await askPage(peer, where, fields, limit - value.length, at);
        for (const row of page.rows) value.push(rowOf(row, fields));
        at = page.next;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        silent.push(peer.id);
        break;
      }
    }
  }
  return resultWith(undefined);

  function resultWith(next: string | undefined): Selection<Row> {
    return { value, complete: complete && silent.length === 0, missing: silent, next };
  }
}

function checkNamed(wanted: Value): void {
  if (wanted !== undefined && wanted !== null && wanted !== true) namesOf(wanted as Names);
}

function limitOf({ limit = Number.POSITIVE_INFINITY }: Select): number {
  if (typeof limit === 'number' && limit >= 1) return limit;
  throw new FramegateError('FG_VALUE', `"limit" of a selection is a number from 1, not ${shown(limit)}`);
}

/** Cursors are written `<boot epoch>.<slot>`; whoever keeps one need not know. */
function placeOf(after: string | undefined): readonly [string, number] {
  if (after === undefined) return ['', 0];
  const found = /^([0-9a-f]+)\.(\d{1,9})$/.exec(after);
  if (found !== null) return [found[1]!, Number(found[2])];
  throw new FramegateError('FG_VALUE', `"${after}" is no place to go on from; give "next" of the selection before`);
}

/** Rows come as lists, and as values where one field was asked for. */
function rowOf(row: Value, fields: readonly string[]): Row {
  const values = fields.length === 1 ? [row] : (row as readonly Value[]);
  return Object.fromEntries(fields.map((field, i) => [field, values[i] ?? undefined])) as unknown as Row;
}
