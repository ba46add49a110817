/** What `gw-gen encode` takes as a message's fields: nothing that is given is passed over in silence. */
import t from 'tap';
import { valueFromJson } from '../../generator/run/json-value.js';
import { modelOf } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';

const model = modelOf(
  binarySchema(`  m:
    dir: up
    id: 1
    fields:
      kind: { type: u8, const: 2 }
      n: { type: u8, auto: size(text) }
      text: str(n)
      state: { bits: u8, fields: { on: 1, level: 4, spare: 3 } }
      keys: { type: u8, flags: Keys }
`).replace('messages:', 'flags: { Keys: { size: u8, left: 0, right: 1 } }\nmessages:'),
);

const take = (json: object): object => valueFromJson(json, model.messages[0]!);

t.test('fields, bits and flags are taken by their names', async t => {
  const json = { text: 'hi', state: { on: true, level: 3, $rest: 1 }, keys: { left: true, $rest: 128 } };
  t.same(take(json), json);
  t.same(take({ ...json, kind: 2 }), { ...json, kind: 2 }, 'a constant that is what it is');
});

t.test('a name that nothing has is refused, at any depth', async t => {
  const rows: [object, string, string][] = [
    [{ txt: 'hi' }, '"m" has no field "txt"', 'did you mean "text"?'],
    [{ state: { onn: true } }, '"m.state" has no bit "onn"', 'did you mean "on"?'],
    [{ state: { spare: 1 } }, '"m.state" has no bit "spare"', 'bits: on, level, and $rest for those without a name'],
    [{ keys: { lefft: true } }, '"m.keys" has no bit "lefft"', 'did you mean "left"?'],
  ];
  for (const [json, message, hint] of rows) t.throws(() => take(json), { message, hint, exitCode: 2 });
});

t.test('what the encoder writes by itself is not taken, and a constant cannot be another', async t => {
  t.throws(() => take({ n: 2 }), { message: '"m.n" is filled in by the encoder', hint: 'leave it out', exitCode: 2 });
  t.throws(() => take({ size: 9 }), { message: '"m.size" is filled in by the encoder' });
  t.throws(() => take({ kind: 3 }), { message: '"m.kind" is always 2, not 3', hint: 'leave it out' });
});
