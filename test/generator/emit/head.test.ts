/** What stands around a body is read by one function, where its reading takes more than a call of it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { codecView } from '../../../generator/emit/emit-codec.js';
import { Names } from '../../../generator/emit/names.js';
import { resolveSchema } from '../../../generator/model/resolve.js';

function readersOf(name: string): { heads: number; readers: string[] } {
  const file = `protocols/${name}.wire.yaml`;
  const { model } = resolveSchema(file, readFileSync(file, 'utf8'));
  const { code } = codecView(model!, new Names(model!), 'framegate/codec', use => use);
  const functions = code.split(/^(?=function )/m);
  const readers = model!.messages.map(m => {
    const head = `function read${new Names(model!).message(m)}(`;
    return functions.find(f => f.startsWith(head))!;
  });
  return { heads: functions.filter(f => f.startsWith('function headOf')).length, readers };
}

t.test(
  'a head with elements that may be absent is taken apart once, and every message takes its values from there',
  t => {
    const { heads, readers } = readersOf('jt808');
    t.equal(heads, 1);
    t.equal(readers.length, 102);
    t.strictSame(
      readers.filter(code => !code.includes('const head = headOfFrame(b, start, stop, conn);')),
      [],
    );
    t.strictSame(
      readers.filter(code => code.includes('versionEnd')),
      [],
      'and works no place out again',
    );
    t.end();
  },
);

t.test('a head of a statement or two is read where the message is', t => {
  const { heads, readers } = readersOf('modbus-tcp');
  t.equal(heads, 0);
  t.ok(readers.every(code => !code.includes('headOf')));
  t.end();
});
