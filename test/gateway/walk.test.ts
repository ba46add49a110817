/** Pages over more clients than one page takes, as a gateway gives them. */
import t from 'tap';
import type { GatewayClient } from '../../src/gateway/client.js';
import type { Gateway } from '../../src/gateway/gateway.js';
import { PAGE_BYTES, PAGE_ROWS, PAGE_SLOTS } from '../../src/gateway/limits.js';
import { Stamps } from '../../src/gateway/stamps.js';
import { Tables } from '../../src/gateway/tables.js';
import { walk, walkNames } from '../../src/gateway/walk.js';
import { realClock } from '../../src/net/index.js';

/** Nothing of a client but what a list reads. */
function crowd(size: number, uidOf: (i: number) => string, groupOf: (i: number) => string): Gateway {
  const tables = new Tables(new Stamps(realClock));
  const clients = Array.from({ length: size }, (_, ref) => {
    const client = { id: `c${ref}`, ref, stage: 'live', uid: undefined, groups: undefined, context: { state: 'open' } };
    tables.byId.set(client.id, client as unknown as GatewayClient);
    tables.bindUid(client as unknown as GatewayClient, uidOf(ref));
    tables.join(client as unknown as GatewayClient, groupOf(ref));
    return client;
  });
  return { clients, tables } as unknown as Gateway;
}

type Page = [rows: string[], next: number | null];

function pagesOf(ask: (at: number) => unknown): Page[] {
  const pages: Page[] = [];
  for (let at: number | null = 0; at !== null; at = pages.at(-1)![1]) pages.push(ask(at) as Page);
  return pages;
}

const SIZE = 3 * PAGE_SLOTS + 5;

t.test('all clients, in pages of bounded rows', async t => {
  const gateway = crowd(
    SIZE,
    i => `u${i}`,
    i => `g${i % 3}`,
  );
  const pages = pagesOf(at => walk(gateway, [{}, ['id'], null, at]));
  t.ok(pages.every(([rows]) => rows.length <= PAGE_ROWS));
  const ids = pages.flatMap(([rows]) => rows);
  t.equal(ids.length, SIZE);
  t.equal(new Set(ids).size, SIZE);
});

t.test('a page looks at a bounded number of clients, even if none fits', async t => {
  const gateway = crowd(
    SIZE,
    i => `u${i}`,
    i => (i === SIZE - 1 ? 'rare' : `g${i % 3}`),
  );
  const pages = pagesOf(at => walk(gateway, [{ loggedIn: false }, ['id'], null, at]));
  t.same(pages, [
    [[], PAGE_SLOTS],
    [[], 2 * PAGE_SLOTS],
    [[], 3 * PAGE_SLOTS],
    [[], null],
  ]);
  t.same(walk(gateway, [{ group: 'rare' }, ['id'], null, 0]), [[`c${SIZE - 1}`], null], 'a small group is at hand');
  const large = pagesOf(at => walk(gateway, [{ group: 'g1' }, ['id'], null, at]));
  t.ok(large.length > 1);
  t.equal(large.flatMap(([rows]) => rows).length, gateway.tables.byGroup.get('g1')!.size);
});

t.test('a page of long rows is short', async t => {
  const gateway = crowd(
    4000,
    i => `${i}`.padEnd(1000, 'x'),
    () => 'all',
  );
  for (const group of [undefined, 'all']) {
    const pages = pagesOf(at => walk(gateway, [{ group }, ['uid'], null, at]));
    t.ok(pages.every(([rows]) => rows.length * 1000 < 2 * PAGE_BYTES));
    t.equal(new Set(pages.flatMap(([rows]) => rows)).size, 4000);
  }
});

t.test('names: at once where they are few, else what each page of clients has', async t => {
  const few = crowd(
    SIZE,
    i => `u${i % 100}`,
    i => `g${i % 7}`,
  );
  t.equal(pagesOf(at => walkNames(few, ['uids', at])).length, 1);
  t.equal(pagesOf(at => walkNames(few, ['groups', at]))[0]![0].length, 7);
  const many = crowd(
    SIZE,
    i => `u${i}`,
    i => `g${i}`,
  );
  for (const what of ['uids', 'groups']) {
    const pages = pagesOf(at => walkNames(many, [what, at]));
    t.ok(pages.length > 1);
    t.equal(new Set(pages.flatMap(([names]) => names)).size, SIZE, what);
  }
  const long = crowd(
    2000,
    i => `${i}`.padEnd(1000, 'x'),
    () => 'all',
  );
  const pages = pagesOf(at => walkNames(long, ['uids', at]));
  t.ok(pages.length > 1);
  t.equal(new Set(pages.flatMap(([names]) => names)).size, 2000);
});
