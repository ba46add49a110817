/** The stubs of events.ts have the names under which the runtime looks for handlers. */
import t from 'tap';
import { eventsView } from '../../../generator/emit/emit-events.js';
import { Names } from '../../../generator/emit/names.js';
import { resolveSchema } from '../../../generator/model/resolve.js';
import { handlerName } from '../../../src/protocol/index.js';

t.test('a stub has the name that the runtime looks for, also with underscores in it', async t => {
  const names = ['say', 'rideOut', 'log_in', 'do_it_2', 'X'];
  const messages = names.map(name => `  ${name}: { dir: up, text: "/${name}" }\n`).join('');
  const schema = `wire: 1\nprotocol: { id: lines, version: 1.0.0 }\nsession: { auth: none }\nframe: { split: { by: line } }\nmessages:\n${messages}`;
  const { model } = resolveSchema('lines.wire.yaml', schema);
  const { handlers } = eventsView(model!, new Names(model!));
  t.strictSame(
    handlers.map(h => h.name),
    names.map(handlerName),
  );
});
