/** Emitted code without its types is what a compiler makes of it. */
import { transform } from 'sucrase';
import t from 'tap';
import { codecView } from '../../generator/emit/emit-codec.js';
import { Names } from '../../generator/emit/names.js';
import { renderProtocol } from '../../generator/emit/render.js';
import { eraseTypes } from '../../generator/run/erase-types.js';
import { modelOf, shipped } from '../support/load.js';
import { oddSchemas } from '../support/odd-schemas.js';

const SHIPPED = ['chat', 'game', 'gt06', 'jt808', 'link', 'modbus-tcp', 'nmea', 'teltonika', 'tlv-sensor'];

/** One line for each that says something; spaces, comments and trailing commas do not. */
function said(code: string): string[] {
  return code
    .replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
    .replaceAll(/[ \n]+/g, ' ')
    .replaceAll(/ ?([(){},=;:]) ?/g, '$1')
    .replaceAll(/,+(?=[,}])|(?<=\{),/g, '')
    .replaceAll(/import\{\}from'[^']*';/g, '')
    .trim()
    .split(/(?<=[;{}])/);
}

const compiled = (code: string): string =>
  transform(code, { transforms: ['typescript'], disableESTransforms: true, keepUnusedImports: true }).code;

t.test('of all that is emitted for the schemas at hand, the types are erased as a compiler does it', t => {
  const models = [...SHIPPED.map(shipped), ...Object.values(oddSchemas).map(text => modelOf(text))];
  for (const model of models)
    for (const { name, text } of renderProtocol(model).filter(f => f.name === 'codec.ts' || f.name === 'types.ts'))
      t.same(said(eraseTypes(text)), said(compiled(text)), `${model.id}: ${name}`);
  for (const model of models) {
    const traced = codecView(model, new Names(model), 'framegate/codec', use => use, { fields: [] }).code;
    t.same(said(eraseTypes(traced)), said(compiled(traced)), `${model.id}, explaining`);
  }
  t.ok(models.length > 20);
  t.end();
});

t.test('each form', t => {
  const forms: readonly [string, string][] = [
    ['function read(b: Uint8Array, o: number): A | undefined {', 'function read(b, o) {'],
    ['export function f(a?: { b: number; c: string }, d: [1, 2]): void {', 'export function f(a, d) {'],
    [
      'function room(head: number, part = 0, b: A = { c: 1 }): number {',
      'function room(head, part = 0, b = { c: 1 }) {',
    ],
    ['function none(): void {', 'function none() {'],
    ['let items: { tag: number; data: Uint8Array }[] | undefined;', 'let items;'],
    ['  const list: A[] = [];', '  const list = [];'],
    [
      'export const p: Protocol<P> = /* @__PURE__ */ defineProtocol<P>({',
      'export const p = /* @__PURE__ */ defineProtocol({',
    ],
    ['} as const;', '};'],
    ["import { type Writer } from './codec.js';", "import { } from './codec.js';"],
    ["import type { A } from './types.js';", ''],
    ['export type A = keyof typeof A;', ''],
    ['interface A {\n  a: number;\n  b?: { c: string };\n}\nf(a!);', '\n\n\n\nf(a);'],
  ];
  for (const [typed, plain] of forms) t.equal(eraseTypes(typed), plain);
  t.end();
});

t.test('marks are erased in code and stay in text', t => {
  const marks: readonly [string, string][] = [
    ['if (b[o]! !== 0x7e || !more(a!)) return x! != y!.z!;', 'if (b[o] !== 0x7e || !more(a)) return x != y.z;'],
    ["fail('no!', o!, 'it\\'s b[0]!', v!)", "fail('no!', o, 'it\\'s b[0]!', v)"],
    [
      `warn(\`stop! \${a[0]!}! \${f('x!', \`in!\${b!}\`)} \\\` c!\`, d!)`,
      `warn(\`stop! \${a[0]}! \${f('x!', \`in!\${b}\`)} \\\` c!\`, d)`,
    ],
    ['const form1 = /^a!b[c]!$/u;', 'const form1 = /^a!b[c]!$/u;'],
    ['/** Stop! */', '/** Stop! */'],
  ];
  for (const [typed, plain] of marks) t.equal(eraseTypes(typed), plain);
  t.end();
});
