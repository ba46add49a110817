/** Names and texts of messages that generated code could not live with. */
import t from 'tap';
import { resolveSchema } from '../../../generator/model/resolve.js';

function problems(messages: string): string[] {
  const schema = `wire: 1\nprotocol: { id: lines, version: 1.0.0 }\nsession: { auth: none }\nframe: { split: { by: line } }\nmessages:\n${messages}`;
  return resolveSchema('lines.wire.yaml', schema).source.diagnostics.map(d => `${d.code} ${d.message}; ${d.hint}`);
}

t.test('a message may not share its handler with the events that every application has', async t => {
  for (const name of ['connect', 'close', 'error', 'workerStart', 'workerStop', 'unknown']) {
    const [first = '', ...others] = problems(`  ${name}: { dir: up, text: hello }\n`);
    t.match(first, `BAD_NAME "${name}" cannot be the name of a message`);
    t.match(first, `such as ${name}Message`);
    t.same(others, []);
  }
  t.same(problems('  closeMessage: { dir: up, text: hello }\n'), []);
});

t.test('the hint of a bad name fits its reason', async t => {
  t.match(problems('  constructor: { dir: up, text: hello }\n')[0], 'JavaScript has it for its own use');
  t.match(problems('  2nd: { dir: up, text: hello }\n')[0], 'a letter first');
});

t.test('an empty text is told, not stumbled over', async t => {
  t.match(
    problems('  nothing: { dir: up, text: "" }\n  say: { dir: up, text: "{line}", fields: { line: rest } }\n')[0],
    'BAD_VALUE text of message nothing cannot be empty',
  );
});
