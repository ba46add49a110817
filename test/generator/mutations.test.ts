/**
 * Tests of the tests: generated code is broken on purpose, in memory, and the properties of protocols.test.ts must notice.
 * What slips through here would slip through there.
 */
import t from 'tap';
import type { Protocol } from '../../src/codec/index.js';
import { loadCode, shipped } from '../support/load.js';
import {
  canonicalProblem,
  corruptionProblem,
  hostileProblem,
  lineProblem,
  refusalProblem,
  roundTripProblem,
  samples,
  sizesProblem,
  truncationProblem,
  vectorProblems,
} from '../support/properties.js';
import { bodies, reframes } from '../support/reframe.js';

/** The first thing that does not hold. */
function firstProblem(protocol: Protocol, name: string): string | undefined {
  const model = shipped(name);
  try {
    const wrong =
      vectorProblems(protocol, model)[0] ??
      roundTripProblem(protocol, model, name === 'chat' ? 200 : 60) ??
      refusalProblem(protocol, model);
    if (wrong !== undefined) return wrong;
    const all = samples(protocol, model, 3).filter(s => s.bytes.length < 120);
    const hostile = hostileProblem(protocol, all, 60);
    if (name === 'chat') return hostile ?? lineProblem(protocol, all, 2500);
    return (
      hostile ??
      truncationProblem(protocol, all) ??
      corruptionProblem(protocol, model, all) ??
      sizesProblem(protocol, model) ??
      canonicalProblem(protocol, bodies(name, protocol, all), reframes[name]!, 1500)
    );
  } catch (e) {
    return (e as Error).message;
  }
}

type Mutation = readonly [title: string, from: string | RegExp, to: string];

const mutations: Readonly<Record<string, readonly Mutation[]>> = {
  game: [
    ['byte order swapped in both directions', /(u|U)32le/g, '$132be'],
    ['byte order swapped when reading', 'const seq = u16le(b, o);', 'const seq = u16be(b, o);'],
    ['a field read one byte too early', 'i16le(b, o + 2) / 100', 'i16le(b, o + 1) / 100'],
    ['a sign lost', 'x: i16le(b, o)', 'x: u16le(b, o)'],
    ['the scale forgotten', ') * 45 / 8192', ') * 44 / 8192'],
    ['two bits of a mask swapped', '(maskBits & 0x2) !== 0', '(maskBits & 0x4) !== 0'],
    ['a presence bit forgotten', '((v.hp !== undefined ? 1 : 0) << 2)', '0'],
    ['a flag shifted', '<< 3) | ((keys.fire', '<< 2) | ((keys.fire'],
    ['undeclared bits dropped', '$rest: (keysBits & 0xe0) || undefined', '$rest: undefined'],
    ['a range that begins one too early', "integer(v.seq, 0, 65535, 'seq')", "integer(v.seq, -1, 65535, 'seq')"],
    ['a range that ends one too late', "integer(v.code, 0, 255, 'code')", "integer(v.code, 0, 256, 'code')"],
    ['a length check skipped when encoding', "formed(v.nick, 1, 20, undefined, 'nick')", 'v.nick'],
    ['left-over bytes let through', /if \(o !== end\) return fail\('TRAILING', o, 't',[^\n]*\n/g, ''],
    ['the limit of a list skipped', "listOf(v.gone, 4096, 'gone')", 'v.gone'],
    ['zigzag forgotten when reading', 'const gold = unzigzag(goldNumber);', 'const gold = goldNumber;'],
    ['the size off by one', 'const size = body + 1;', 'const size = body + 2;'],
    ['the size believed', /if \(size !== end - o \+ 1\)[^\n]*\n/, ''],
    ['a wrong id', 'sealFrame(w, start, 0x85)', 'sealFrame(w, start, 0x83)'],
    ['an enumeration let through', "numberOf(Team, v.team, 'team')", 'Team[v.team] ?? 0'],
    ['a bool let through', "bit(v.ok, 'ok')", '(v.ok ? 1 : 0)'],
    ['the cut one byte late', 'return found(cut, o, o + total);', 'return found(cut, o, o + total + 1);'],
  ],
  gt06: [
    ['byte order swapped in both directions', /(u|U)16be/g, '$116le'],
    ['another checksum', /crc16X25/g, 'crc16Kermit'],
    ['the checksum not verified', /if \(u16be\(b, stop - 4\) !== crc\)[^\n]*\n/, ''],
    ['the checksum over one byte less', 'crc16X25(b, start + 2, stop - 4));', 'crc16X25(b, start + 3, stop - 4));'],
    [
      'the sign of the latitude turned',
      '((courseBits & 0x400) !== 0) ? latSize',
      '((courseBits & 0x400) === 0) ? latSize',
    ],
    ['the sign of the longitude not written', 'lonSize === 0 ? course.west : v.lon < 0', 'course.east'],
    ['a scale of its own', 'latSize : 0 - latSize) / 1800000', 'latSize : 0 - latSize) / 180000'],
    ['the long form from one byte too late', /body > 250/g, 'body > 251'],
    ['the long form never', /body > 250/g, 'body > 5000'],
    ['an optional field read when too little is left', 'if (end - o >= 8) {', 'if (end - o >= 7) {'],
    ['an optional field not checked when writing', /checkMore\(v\.lbsLen[^\n]*\n/, ''],
    ['times of the wrong zone when reading', 'timeU8(b, o, 0)', 'timeU8(b, o, 60)'],
    ['the bytes of an impossible time dropped', /\$raw: [^\n]*\n/g, ''],
    ['trimming forgotten', /bcdTrimmed\(/g, 'bcd('],
    [
      'a computed length off by one',
      'integer(w.length - flagStart, 0, 255',
      'integer(w.length - flagStart + 1, 0, 255',
    ],
    ['the end marker not written', 'b[tail + 4] = 0x0d; b[tail + 5] = 0x0a;', ''],
    ['undeclared bits dropped when writing', "| spareBits(course.$rest, 0xc000, 'course')", ''],
    ['the serial of another place', /u16be\(b, stop - 6\)/g, 'u16be(b, stop - 4)'],
    ['the id of the answer fixed', 'echoedId(v.id, request, [0x16, 0x26]', 'echoedId(0x16, request, [0x16, 0x26]'],
  ],
  chat: [
    ['templates in the wrong order', 'if (parseLogin(line) !== undefined) return 0; // login', ''],
    ['a word with spaces', "|| pass.includes(' ')", ''],
    ['the rest cut short', 'const reason = text.slice(13);', 'const reason = text.slice(14);'],
    ['a line that says something else', /if \(parseCommand\(line\) !== undefined\) throw misread\('say'[^\n]*\n/, ''],
    ['a value that is not as declared', "formed(v.name, 1, 16, form1, 'name')", 'v.name'],
    [
      'a line that is too long',
      /writeLine\(w, line, 'utf8', LINE_END, 512\)/g,
      "writeLine(w, line, 'utf8', LINE_END, 99999)",
    ],
    ['bytes of another character set', "utf8(b, start, stop, 'line')", 'latin1(b, start, stop)'],
  ],
};

for (const [name, list] of Object.entries(mutations)) {
  t.test(`${name}: broken code is noticed`, async t => {
    const model = shipped(name);
    for (const [title, from, to] of list) {
      let changed = false;
      const protocol = await loadCode(model, code => {
        const broken = code.replace(from, to);
        changed = broken !== code;
        // What the broken code calls has to be imported, too.
        const extra = ['u32be', 'u16be', 'u16le', 'latin1', 'crc16Kermit', 'bcd'].filter(
          f => new RegExp(`\\b${f}\\(`).test(broken) && !new RegExp(`^  ${f},$`, 'm').test(broken),
        );
        return broken.replace('import {\n', `import {\n${extra.map(f => `  ${f},\n`).join('')}`);
      }).catch((e: unknown) => t.fail(`${title}: ${(e as Error).message}`));
      t.ok(changed, `${title}: there is something to break`);
      if (typeof protocol !== 'object') continue;
      const problem = firstProblem(protocol as Protocol, name);
      t.type(problem, 'string', title);
    }
  });
}
