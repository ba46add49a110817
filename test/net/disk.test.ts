/** The disk: the same contract for the real one and the one in memory, and what only one of them can show. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { MemoryDisk, realDisk } from '../../src/net/index.js';
import { diskContract } from '../support/disk-contract.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-disk-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.test('the real disk', t => diskContract(t, () => ({ disk: realDisk, folder: `${folder}/contract` })));

t.test('the disk in memory', t => diskContract(t, () => ({ disk: new MemoryDisk(), folder: '/memory' })));

t.test('a real write leaves nothing beside the file, even when it fails, and others cannot read it', async t => {
  const here = join(folder, 'tidy');
  await realDisk.writeAtomic(`${here}/a`, new Uint8Array(3));
  await realDisk.writeAtomic(`${here}/taken/b`, new Uint8Array(3));
  await t.rejects(realDisk.writeAtomic(`${here}/taken`, new Uint8Array(3)), { code: 'FG_DISK' });
  t.same(readdirSync(here).sort(), ['a', 'taken']);
  t.equal(statSync(`${here}/a`).mode & 0o777, 0o600);
  t.equal(statSync(here).mode & 0o777, 0o700);
});

t.test('where the user may not write', { skip: process.getuid?.() === 0 && 'root may write anywhere' }, async t => {
  const here = join(folder, 'locked');
  await realDisk.writeAtomic(`${here}/a`, new Uint8Array(1));
  chmodSync(here, 0o500);
  t.teardown(() => chmodSync(here, 0o700));
  await t.rejects(realDisk.writeAtomic(`${here}/b`, new Uint8Array(1)), { message: /\(EACCES\): this user may not$/ });
});

t.test('the disk in memory breaks when it is told to', async t => {
  const disk = new MemoryDisk();
  await disk.writeAtomic('/a', new Uint8Array(1));
  disk.broken = 'ENOSPC';
  await t.rejects(disk.writeAtomic('/a', new Uint8Array(2)), {
    message: 'Cannot write "/a" (ENOSPC): the disk is full',
  });
  await t.rejects(disk.remove('/a'), { code: 'FG_DISK' });
  disk.broken = undefined;
  t.equal((await disk.read('/a', 9))?.length, 1, 'the old content stands');
});
