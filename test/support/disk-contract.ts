/** What every disk must do, whatever it is made of. */
import type { Test } from 'tap';
import type { Disk } from '../../src/net/index.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const MOST = 1024 * 1024;

/** @param folder an empty one, which is new for each disk. */
export async function diskContract(t: Test, create: () => { disk: Disk; folder: string }): Promise<void> {
  const { disk, folder } = create();
  const text = async (name: string): Promise<string | undefined> => {
    const found = await disk.read(`${folder}/${name}`, MOST);
    return found && new TextDecoder().decode(found);
  };
  const write = (name: string, what: string): Promise<void> => disk.writeAtomic(`${folder}/${name}`, bytes(what));

  await t.test('a file that is not there is undefined, and removing it is no error', async t => {
    t.equal(await text('none'), undefined);
    t.equal(await text('no/folder/either'), undefined);
    await disk.remove(`${folder}/none`);
    await disk.remove(`${folder}/no/folder/either`);
  });

  await t.test('what is written is read, replaced and removed as a whole', async t => {
    await write('a', 'first, and longer than what follows');
    t.equal(await text('a'), 'first, and longer than what follows');
    await write('a', 'second');
    t.equal(await text('a'), 'second');
    await write('a', '');
    t.equal(await text('a'), '', 'an empty file is a file');
    await disk.remove(`${folder}/a`);
    t.equal(await text('a'), undefined);
  });

  await t.test('the folders above a file are made', async t => {
    await write('some/deep/folder/b', 'here');
    t.equal(await text('some/deep/folder/b'), 'here');
  });

  await t.test('the bytes belong to the caller on both sides', async t => {
    const mine = bytes('mine');
    await disk.writeAtomic(`${folder}/c`, mine);
    mine.fill(0);
    const read = (await disk.read(`${folder}/c`, MOST))!;
    read.fill(0);
    t.equal(await text('c'), 'mine');
  });

  await t.test('a file that is longer than expected is refused', async t => {
    await write('long', 'x'.repeat(101));
    t.equal((await disk.read(`${folder}/long`, 101))?.length, 101);
    await t.rejects(disk.read(`${folder}/long`, 100), {
      code: 'FG_DISK',
      message: `Cannot read "${folder}/long": it has 101 bytes, and at most 100 are expected`,
    });
  });

  await t.test('a file below a file and a folder in place of a file are errors with a reason', async t => {
    await write('file', 'a file');
    await write('folder/in', 'another');
    await t.rejects(write('file/below', 'x'), {
      code: 'FG_DISK',
      message: / \((ENOTDIR|EEXIST)\): a part of the path/,
    });
    t.equal(await text('file'), 'a file');
    await t.rejects(disk.read(`${folder}/folder`, MOST), { code: 'FG_DISK', message: /it is a folder$/ });
    await t.rejects(write('folder', 'x'), { code: 'FG_DISK' });
    t.equal(await text('folder/in'), 'another');
  });

  await t.test('whoever reads while it is written many times sees one of them whole', async t => {
    const contents = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(20_000 + i));
    await write('busy', contents[0]!);
    const writing = Promise.all(contents.map(what => write('busy', what)));
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 20; i++) seen.push(await text('busy'));
    await writing;
    seen.push(await text('busy'));
    for (const what of seen) t.ok(contents.includes(what!), `${what?.length} bytes`);
  });
}
