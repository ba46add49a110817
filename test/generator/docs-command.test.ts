/** `gw-gen docs`: all that a schema says stands on its pages, which need nothing but themselves. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { exprText } from '../../generator/emit/docs-words.js';
import { allEnums, usedStructs } from '../../generator/emit/names.js';
import type { Field, ProtocolModel } from '../../generator/model/model.js';
import { protocolDocs } from '../../generator/run/protocol-docs.js';
import { parseExpression } from '../../generator/schema/expression.js';
import { gen, type Run } from '../support/gw-gen.js';
import { modelOf, shipped } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';

/** Everything that documentation has a word for. */
const ODD = `wire: 1
protocol: { id: odd, version: 2.0.0, doc: "Odd <things> | and *stars*" }
limits: { frame: 2KiB, idle: 90s }
frame:
  split: { by: flag, flag: "7e", shared: true, empty: skip }
  escape: { lead: "7d", map: { "01": "7d", "02": "7e" }, bad: drop }
  layout:
    id: { type: u16, role: id, doc: what it is }
    attrs: { bits: u16, fields: { spare: 5, long: 1, size: 10 }, auto: { size: size(body), long: present(part) } }
    phone: { type: bcd(6), role: identity, trim: left0 }
    serial: { type: u16, role: serial }
    part: { if: attrs.long, fields: { total: u16, index: u16 } }
    body: body
    sum: { check: xor8, over: id..body, bad: close }
  lenient: [attrs.size]
enums: { Kind: { on: 1, off: 255 } }
flags: { Doors: { size: u16, left: 0, right: 15 } }
types:
  Tags:
    tlv: { tag: u8, size: u8, repeat: [hum], tail: keep }
    of: { 0x01: { name: temp, type: i16, scale: 0.01, unit: °C }, 0x02: { name: hum, type: u8 } }
messages:
  login:
    dir: up
    id: 0x0100
    since: 1.5.0
    doc: Says | who
    fields: { token: { type: str(u8), secret: true, valid: { len: 1..9 } } }
    auth: { identity: phone, ok: ack, within: 20s, tries: 2 }
  beat: { dir: up, id: 0x0002, heartbeat: { reply: ack, every: 30s, miss: 3 } }
  report:
    dir: up
    id: 0x0200
    deprecated: use login
    fields:
      kind: { type: u8, enum: Kind, open: true, since: 1.1.0, until: 3.0.0 }
      doors: { type: u16, flags: Doors }
      level: { type: u16, scale: 1/3, valid: 0..100, bad: warn, none: 0xffff }
      old: { type: u8, if: "kind == Kind.on", deprecated: nobody reads it }
      tags: Tags(*)
    reply: { send: ack, mode: after-handler }
  ack: { dir: down, id: 0x8001, fields: { replySerial: { type: u16, from: request.serial } } }
  ask:
    dir: down
    id: 0x8100
    fields: { n: u8 }
    expects: { message: told, match: { n: n }, within: 4s, retries: 2 }
  told: { dir: up, id: 0x0300, fields: { n: u8 }, error: true }
  bye: { dir: down, id: 0x8fff, close: true }
unknown: { id: keep, body: keep }
vectors:
  - { dir: up, raw: "7e 0300 0001 012345678901 0001 05 8e 7e", is: told, value: { n: 5 } }
  - { dir: up, raw: "7e 0300 0001 012345678901 0001 05 00 7e", bad: sum, note: "a <wrong> sum" }
`;

const MODELS: readonly ProtocolModel[] = [...['gt06', 'game', 'chat', 'tlv-sensor'].map(shipped), modelOf(ODD)];

/** Names of all fields, bits and items, however deep. */
function namesOf(model: ProtocolModel): string[] {
  const own = (fields: readonly Field[]): string[] =>
    fields.flatMap(f => [
      f.name,
      ...(f.type.kind === 'bits' ? f.type.bits.map(b => (b.spare ? 'spare' : b.name)) : []),
    ]);
  const structs = [...model.structs, ...usedStructs(model)];
  return [
    ...model.frames.map(f => f.layout),
    ...model.messages.map(m => m.fields),
    ...structs.map(s => s.fields),
  ].flatMap(own);
}

t.test('every message, field, type, enumeration and flag stands on both pages', async t => {
  for (const model of MODELS) {
    const { markdown, html } = await protocolDocs(model);
    for (const name of namesOf(model)) {
      t.ok(markdown.includes(`\`${name}\``), `${model.id}: ${name} in Markdown`);
      t.ok(html.includes(`<code>${name}</code>`), `${model.id}: ${name} in HTML`);
    }
    const sets = [...model.enums, ...allEnums(model)];
    const titles = [...model.messages, ...model.structs, ...sets, ...model.flags].map(x => x.name);
    for (const name of titles) {
      t.match(markdown, new RegExp(`^### ${name}$`, 'm'), `${model.id}: ${name} in Markdown`);
      t.match(html, new RegExp(`<h3 id="[^"]+">${name}[ <]`), `${model.id}: ${name} in HTML`);
    }
    for (const set of sets)
      for (const m of set.members)
        t.match(
          markdown,
          'word' in m
            ? `\n| ${m.word} | \`${m.name}\` |\n`
            : new RegExp(`^\\| ${m.value} \\| 0x\\S+ \\| \`${m.name}\` \\|$`, 'm'),
        );
    for (const { name, bit } of model.flags.flatMap(f => f.bits))
      t.match(markdown, new RegExp(`^\\| bit ${bit} \\| 0x[0-9a-f]+ \\| \`${name}\` \\|$`, 'm'));
    const samples = markdown.match(/^Sample: /gm)?.length ?? 0;
    t.equal(samples, model.vectors.filter(v => v.is !== undefined).length, `${model.id}: golden frames`);
  }
});

t.test('what a field has besides its type is said', async t => {
  const { markdown } = await protocolDocs(modelOf(ODD));
  for (const line of [
    '# Odd \\<things\\> \\| and \\*stars\\*',
    '| longest frame | 2 KiB |',
    '| silence that ends a connection | 90 s |',
    '| [`login`](#message-login) | up | 0x0100 | Says \\| who; since 1.5.0 |',
    '| 0 | 2 | `id` | `u16` | what it is; tells the message |',
    '|  | bit 10 | `long` | `bool` | set where part is present |',
    '|  | bits 9..0 | `size` | `u10` | size of body |',
    '| 12 | 0 or 4 | `part` | `FramePart` | only if attrs.long → [FramePart](#type-framepart) |',
    '| -1 | 1 | `sum` | `u8 xor8` | xor8 of id..body; if wrong, the connection is closed |',
    '| 0 | 1 or more | `token` | `str(u8) utf8` | 1 to 9 characters | secret |',
    '| 0 | 1 | `kind` | `u8` |  |  | other numbers are let through; since 1.1.0; until 3.0.0 → [Kind](#enum-kind) |',
    '| 3 | 2 | `level` | `u16` | × 1/3 | 0 to 100 (else a warning) | 65535 means no value |',
    '| 5 | 0 or 1 | `old` | `u8` |  |  | only if kind == Kind.on; deprecated: nobody reads it |',
    '| 0x01 | 2 | `temp` | `i16` | °C | × 0.01 |  |',
    '| 0x02 | 1 | `hum` | `u8` |  |  | may be repeated |',
    'up, id 0x0200. deprecated: use login',
    'Wrong, but only a warning: attrs.size.',
  ])
    t.ok(markdown.split('\n').includes(line), line);
});

t.test('a table has no column in which nothing stands', async t => {
  const { markdown, html } = await protocolDocs(shipped('chat'));
  t.match(markdown, '| field | type | |\n|---|---|---|\n| `to` | `word` |  |\n');
  t.match(markdown, '| message | direction | |\n|---|---|---|\n');
  for (const column of ['Offset', 'Bytes', 'Unit', 'Id']) t.notMatch(html, `<th scope="col">${column}</th>`);
  const { markdown: nmea } = await protocolDocs(shipped('nmea'));
  t.match(nmea, '| `status` | `chars` |  |  → [RMCStatus](#enum-rmcstatus) |\n', 'words that a text may be are linked');
  t.match(
    nmea,
    '```text\n{mark}{talker}{id},{body}*{sum}\n```\n\n| field |',
    'of a text its parts are shown, no places',
  );
  const lines = (await protocolDocs(modelOf(ODD))).markdown.split('\n');
  const bars = (line: string): number => line.replaceAll('\\|', '').split('|').length;
  for (const [i, line] of lines.entries())
    if (line.startsWith('|')) t.equal(bars(line), bars(lines[i - 1]?.startsWith('|') ? lines[i - 1]! : line), line);
});

t.test('who says what when is drawn', async t => {
  const { markdown, html } = await protocolDocs(modelOf(ODD));
  t.match(
    markdown,
    `### Login: login

\`\`\`text
client           server
   | login ----> |  who: phone
   | <------ ack |  accepted
\`\`\`

A client must have logged in 20 s after it has connected; 2 refused logins end the connection.
`,
  );
  t.match(markdown, 'The answer is sent when the data is safe: not before it has been handled.');
  t.match(markdown, 'The answer must come within 4 s; then the request is sent again, 2 times.');
  t.match(markdown, '   | told ----> |  an error; n = n of the request\n');
  t.match(markdown, '| new | login | login accepted: open; no login within 20 s, or 2 refused: closed |');
  t.match(markdown, '| open | every message | 90 s of silence; bye has been sent |');
  const tracker = await protocolDocs(shipped('gt06'));
  t.match(
    tracker.markdown,
    /### Reply: stored\n\n```text\n.*\n {3}\| each of (\d+) messages -+> \|\n {3}\| <-+ stored \|\n```\n\nTo (?:\w+, ){10,}\w+\.\nThe answer is sent at once\./,
  );
  t.equal(tracker.markdown.match(/### Reply: /g)?.length, 3, 'what is answered alike is drawn once');
  t.match(html, /<h3>Heartbeat: beat<\/h3>\n<ol class="talk">/);
});

t.test('golden frames are explained, and refused ones too', async t => {
  const { markdown, html } = await protocolDocs(modelOf(ODD));
  t.match(markdown, '   13  05                       n       5\n');
  t.match(markdown, /## Refused frames\n\na \\<wrong\\> sum\n\n```text\n[^`]*\[CHECK\]/);
  t.match(html, '<span class="wrong">the checksum is wrong: got 0, want 142 (0x8e)</span>');
  t.match(html, 'Sample: a &lt;wrong&gt; sum');
});

t.test('a refused frame may be of a message that has no sample', async t => {
  const text = binarySchema(
    '  a: { dir: up, id: 0x01, fields: { n: u8 } }\n  b: { dir: up, id: 0x02, fields: { m: { type: u8, valid: 1..5 } } }',
    'vectors:\n  - { dir: up, raw: "00 02 01 07", is: a, value: { n: 7 } }\n  - { dir: up, raw: "00 02 02 09", bad: m }',
  );
  const { markdown } = await protocolDocs(modelOf(text));
  t.match(markdown, /Sample: [^`]*```text\n[^`]* n +7\n/);
  t.match(markdown, /## Refused frames[^`]*```text\n[^`]* 09 +m\n[^`]*\[RANGE\]/);
});

t.test('the page is well formed, needs nothing else, and links only inside itself', async t => {
  for (const model of MODELS) {
    const { html } = await protocolDocs(model);
    t.same(unbalanced(html), [], model.id);
    t.notMatch(html, /https?:|\bsrc=|<link|<script|@import|url\(/, `${model.id}: no outside`);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(m => m[1]!);
    t.equal(new Set(ids).size, ids.length, `${model.id}: ids are unique`);
    for (const [, target] of html.matchAll(/(?:href="#|labelledby=")([^"]+)"/g)) t.ok(ids.includes(target!), target!);
    for (const key of ['prefers-color-scheme: dark', '@media print', ':focus-visible', 'lang="en"'])
      t.ok(html.includes(key), key);
  }
});

t.test('Markdown links lead somewhere', async t => {
  for (const model of MODELS) {
    const { markdown } = await protocolDocs(model);
    for (const [, target] of markdown.matchAll(/\]\(#([^)]+)\)/g))
      t.ok(markdown.includes(`<a id="${target}"></a>`), `${model.id}: ${target}`);
  }
});

/** Tags that are not closed, or closed by another. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const body = html.replace(/^<!doctype html>/, '').replace(/<style>[\s\S]*<\/style>/, '');
  for (const [, close, name, attributes] of body.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*(?: \/)?)>/g,
  )) {
    if (close === '/') {
      if (open.pop() !== name) wrong.push(name!);
    } else if (!attributes!.endsWith('/')) open.push(name!);
  }
  const rest = body.replace(/<\/?[a-z][a-z0-9]*(?: [a-z-]+="[^"<>]*")*(?: \/)?>/g, '');
  return [...wrong, ...open, ...(rest.match(/[<>]/g) ?? [])];
}

t.test('expressions are written as in a schema', async t => {
  for (const text of [
    'a.b > 250 ? long : short',
    '(a + b) * 2 - c',
    'a - (b - c)',
    '!x && (y || more(2))',
    '(a & 3) == 1',
    'count(xs) + 1',
    '(a ? 1 : 2) + 3',
    "a == 'x'",
    'size(flag..line)',
  ])
    t.equal(exprText(parseExpression(text)), text);
});

t.test('the command', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-docs-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: readonly string[]): Run => gen(args);
  const schema = 'protocols/gt06.wire.yaml';
  const one = join(folder, 'one');
  t.same(run('docs', schema, '-o', one), { code: 0, out: `wrote ${join(one, 'PROTOCOL.md')}\n`, err: '' });
  const text = readFileSync(join(one, 'PROTOCOL.md'), 'utf8');
  t.equal(text, (await protocolDocs(shipped('gt06'))).markdown, 'the same each time');
  t.equal(text, readFileSync('examples/tracker/gt06/PROTOCOL.md', 'utf8'), 'and what generate writes');
  const two = join(folder, 'two');
  t.equal(run('docs', '--html', schema, 'protocols/chat.wire.yaml', '-o', two).code, 0);
  for (const name of ['gt06', 'chat']) t.ok(existsSync(join(two, name, 'protocol.html')), name);
  t.match(run('docs', schema, schema, '-o', two), { code: 2, err: 'Two schemas would be described in' });
  t.equal(run('generate', '--codec-only', '-o', two, 'protocols/game.wire.yaml').code, 0);
  t.notOk(existsSync(join(two, 'game', 'PROTOCOL.md')), 'not with --codec-only');
});

t.test(
  'every message of the protocols that ship says what it is for, and an answer names each of its ids once',
  async t => {
    for (const name of ['game', 'gt06', 'jt808', 'modbus-tcp', 'teltonika']) {
      t.same(
        shipped(name)
          .messages.filter(m => m.doc === undefined)
          .map(m => m.name),
        [],
        name,
      );
    }
    const { markdown } = await protocolDocs(shipped('gt06'));
    const [row] = /^\| \[`stored`\].*$/m.exec(markdown)!;
    const ids = row.match(/0x[0-9a-f]+/g)!;
    t.ok(ids.length > 10);
    t.same(ids, [...new Set(ids)]);
  },
);
