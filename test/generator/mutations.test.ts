/**
 * Tests of the tests: generated code is broken on purpose, in memory, and the properties of protocols.test.ts must notice.
 * What slips through here would slip through there.
 */
import fc from 'fast-check';
import t from 'tap';
import { isText } from '../../generator/model/model.js';
import type { Protocol } from '../../src/codec/index.js';
import { loadCode, shipped } from '../support/load.js';
import {
  canonicalProblem,
  corruptionProblem,
  ended,
  hostileProblem,
  refusalProblem,
  roundTripProblem,
  samples,
  sizesProblem,
  truncationProblem,
  vectorProblems,
} from '../support/properties.js';
import { bodies, reframes } from '../support/reframe.js';
import { textProblem } from '../support/text-mutations.js';

// That something is wrong is enough: nobody asks for the smallest value that shows it.
fc.configureGlobal({ endOnFailure: true });

/** Round trips of each message where 60 are too few to notice, or more than are needed. */
const runs: Readonly<Record<string, number>> = { chat: 200, jt808: 20, nmea: 300 };

/** The first thing that does not hold. */
function firstProblem(protocol: Protocol, name: string): string | undefined {
  const model = shipped(name);
  try {
    const wrong =
      vectorProblems(protocol, model)[0] ??
      roundTripProblem(protocol, model, runs[name] ?? 60) ??
      refusalProblem(protocol, model);
    if (wrong !== undefined) return wrong;
    const isLenient = name === 'jt808';
    const all = ended(model, samples(protocol, model, isLenient ? 1 : 3)).filter(
      s => s.bytes.length < (isLenient ? 120 : 500),
    );
    const hostile = hostileProblem(protocol, all, 60);
    if (model.frames.every(isText)) return hostile ?? textProblem(protocol, model, all, 2500);
    return (
      hostile ??
      truncationProblem(protocol, all, isLenient) ??
      corruptionProblem(protocol, model, all) ??
      sizesProblem(protocol, model) ??
      canonicalProblem(protocol, bodies(name, protocol, all), reframes[name]!, 1500, isLenient)
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
    ['left-over bytes let through', /if \(o !== end\) return trailing\(o, end, 't'\);\n/g, ''],
    ['the limit of a list skipped', "listOf(v.gone, 4096, 'gone')", 'v.gone'],
    ['zigzag forgotten when reading', 'const gold = unzigzag(goldNumber);', 'const gold = goldNumber;'],
    ['the size off by one', 'const size = w.length - start - 1;', 'const size = w.length - start;'],
    ['the size believed', /if \(size2? !== stop - sizeEnd\)[^\n]*\n/, ''],
    ['a wrong id', 'openFrame(w, 0x85)', 'openFrame(w, 0x83)'],
    ['an enumeration let through', "numberOf(Team, v.team, 'team')", 'Team[v.team] ?? 0'],
    ['a bool let through', "bit(v.ok, 'ok')", '(v.ok ? 1 : 0)'],
    ['the cut one byte late', 'return found(cut, o, o + total);', 'return found(cut, o, o + total + 1);'],
  ],
  gt06: [
    ['byte order swapped in both directions', /(u|U)16be/g, '$116le'],
    ['another checksum', /crc16X25/g, 'crc16Kermit'],
    ['the checksum not verified', /if \(u16be\(b, stop - 4\) !== crcSum\)[^\n]*\n/, ''],
    ['the checksum over one byte less', 'crc16X25(f, start + 2, stop - 4));', 'crc16X25(f, start + 3, stop - 4));'],
    [
      'the sign of the latitude turned',
      /\(\(courseBits & 0x400\) !== 0\) \? latSize/g,
      '((courseBits & 0x400) === 0) ? latSize',
    ],
    ['the sign of the longitude not written', /lonSize === 0 \? course\.west : v\.lon < 0/g, 'false'],
    ['a scale of its own', /latSize : 0 - latSize\) \/ 1800000/g, 'latSize : 0 - latSize) / 180000'],
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
    ['the end marker not written', 'b[p + 4] = 0x0d; b[p + 5] = 0x0a;', ''],
    ['undeclared bits dropped when writing', "| spareBits(course.$rest, 0xc000, 'course')", ''],
    ['the serial of another place', /u16be\(b, stop - 6\)/g, 'u16be(b, stop - 4)'],
    ['the id of the answer fixed', 'echoedId(v.id, request, [0x16, 0x26]', 'echoedId(0x16, request, [0x16, 0x26]'],
  ],
  jt808: [
    ['escapes not undone', ', escape: ESCAPE })', ' })'],
    ['escapes not written', 'flagInto(w, start, 0x7e, ESCAPE)', 'flagInto(w, start, 0x7e)'],
    ['the flags not written', '  flagInto(w, start, 0x7e, ESCAPE);\n', ''],
    ['the checksum over one byte less', 'xor8(b, start, stop - 1);', 'xor8(b, start + 1, stop - 1);'],
    ['the size with the checksum', 'integer(stop - partEnd - 1, 0, 1023', 'integer(stop - partEnd, 0, 1023'],
    ['a header of 2019 one byte short', /\? 10 : 6/g, '? 9 : 6'],
    ['the digits of a phone not trimmed', /bcdTrimmed\(/g, 'bcd('],
    ['a part without its bit', '(v.part !== undefined ? 1 : 0) << 13', '0'],
    ['encrypted bodies read', /if \(\(\(attrsBits >>> 10\) & 0x7\) !== 0\) return UNKNOWN;/g, ''],
    ['a short registration taken for a long one', /\(attrsBits & 0x3ff\) < 37/g, '(attrsBits & 0x3ff) < 27'],
    ['the sign of the latitude turned', '!((statusBits & 0x4) !== 0) ? latSize', '(statusBits & 0x4) !== 0 ? latSize'],
    ['the sign of the longitude not written', /lonSize === 0 \? status\.west : v\.lon < 0/g, 'false'],
    ['an item one byte longer', 'end + 1 : o + 2 + b[o + 1]!', 'end + 1 : o + 3 + b[o + 1]!'],
    ['the size of an item not written', 'w.bytes[at + 1] = 4;', ''],
    ['an item of any size taken', 'if (stop - o === 2 && cabin === undefined)', 'if (cabin === undefined)'],
    [
      'a position that ends behind its size',
      'const itemsStop = o + itemsSize;',
      'const itemsStop = o + itemsSize + 1;',
    ],
    ['clocks at Greenwich', 'timeBcd(b, o + 22, 480)', 'timeBcd(b, o + 22, 0)'],
    [
      'a field of 2019 in older frames',
      /if \(\(attrsBits & 0x4000\) !== 0\) \{\n {4}if \(end - o < 1\)/,
      'if (true) {\n    if (end - o < 1)',
    ],
  ],
  nmea: [
    ['the checksum not verified', /if \(hexNumber\([^\n]*\n/, ''],
    ['the checksum over the marker too', 'xor8(b, start + 1, ', 'xor8(b, start, '],
    ['a checksum of something else written', 'xor8(w.bytes, talkerAt, bodyEnd)', 'xor8(w.bytes, talkerAt, w.length)'],
    ['the side of the equator lost', /sideOf\(v\.lat, ',', 'N', 'S'\)/g, "',N'"],
    ['digits of latitudes for longitudes', "3, ',', 'E', 'W', start + o, 'lon'", "2, ',', 'E', 'W', start + o, 'lon'"],
    [
      'groups of too few columns',
      'groupsIn(cellsIn(text, o, end), 4, 1, 4, true)',
      'groupsIn(cellsIn(text, o, end), 3, 1, 4, true)',
    ],
    ['a word that is always the same', "wordOf(RMCStatus, v.status, 'status')", "'A'"],
    ['a length not checked', "letters(v.magdir, 1, 1, [','], 'magdir')", 'v.magdir'],
    [
      'a comma let through',
      "letters(v.station, 1, Infinity, [','], 'station')",
      "letters(v.station, 1, Infinity, [], 'station')",
    ],
    ['an optional column that has to be there', "v.course === undefined ? '' : ", ''],
    ['another sentence', "case 'GLL':", "case 'GLX':"],
  ],
  'modbus-tcp': [
    ['the id of another fault', '0x80 | maskedRest', '0x90 | maskedRest'],
    ['a mask that is too wide', '(id & 0x80) === 0x80', '(id & 0x81) === 0x81'],
    [
      'a member compared as if it had no number',
      "requestNumber(request, 'value', Coil)",
      "requestNumber(request, 'value')",
    ],
    ['a rule forgotten', /if \(request !== undefined && !\(len === [^\n]* \* 2\)\)[^\n]*\n/g, ''],
    ['items of the request not counted', "requestCount(request, 'regs')", "requestCount(request, 'addr')"],
    ['coils of less than a byte', '(end - o) * 8 : requestNumber', '(end - o) * 7 : requestNumber'],
    ['the size believed', /if \(size !== stop - start - 6\)[^\n]*\n/, ''],
    ['a range that ends one too late', 'qty > 125', 'qty > 126'],
    ['a number of another place', /tid: u16be\(b, start\)/g, 'tid: u16be(b, start + 4)'],
  ],
  teltonika: [
    ['another checksum', /crc16Arc/g, 'crc16Kermit'],
    ['the checksum over one byte less', 'crc16Arc(b, start + 8, stop - 4)', 'crc16Arc(b, start + 9, stop - 4)'],
    ['the second number of records not verified', /if \(b\[stop - 5\]! !== [^\n]*\n/, ''],
    ['the number of all ios not verified', /if \(total !== [^\n]*\n/g, ''],
    ['values of 16 bytes where there are none', 'codec === 8 && total > ', 'codec === 8 && total >= '],
    ['ios of variable size in a codec without them', /codec === 142/g, 'codec !== 8'],
    ['a sign lost', 'i32be(b, o + 9) / 10000000', 'u32be(b, o + 9) / 10000000'],
    ['byte order swapped when writing', 'putU16be(w.bytes, io2At', 'putU16le(w.bytes, io2At'],
    ['times that are no longer exact let through', /if \(time > 9007199254740991\)[^\n]*\n/g, ''],
    ['packets before the login only', 'stateIs(conn, true)', 'stateIs(conn, false)'],
    ['a text one byte too short', 'const textSize = len - 8;', 'const textSize = len - 9;'],
    ['trimming forgotten', /bcdTrimmed\(/g, 'bcd('],
  ],
  chat: [
    ['a message that is not told from another', 'if (fitsLogin(text)) return 0; // login', ''],
    ['a message that is not found', /if \(value3 !== undefined\) return validNick[^\n]*\n/, ''],
    ['a word with spaces', /if \(text\.includes\(' ', nameEnd \+ 1\)\) return [^\n]*\n/g, ''],
    ['the rest cut short', 'reason: text.slice(13)', 'reason: text.slice(14)'],
    ['a line that says something else', /if \(chooseUp\(line\) !== 9\) throw misread\('say'[^\n]*\n/, ''],
    ['a value that is not as declared', "formed(v.name, 1, 16, form1, 'name')", 'v.name'],
    ['a range that is not checked', 'return validNick(value3, start) ? ', 'return true ? '],
    [
      'a line that is too long',
      /writeLine\(w, line, 'utf8', LINE_END, 512\)/g,
      "writeLine(w, line, 'utf8', LINE_END, 99999)",
    ],
    ['bytes of another character set', /lineText\(b, start, stop, 'utf8'/g, "lineText(b, start, stop, 'latin1'"],
  ],
};

for (const [name, list] of Object.entries(mutations)) {
  t.test(`${name}: broken code is noticed`, async t => {
    const model = shipped(name);
    t.equal(firstProblem(await loadCode(model), name), undefined, 'what is not broken has no problem');
    for (const [title, from, to] of list) {
      let changed = false;
      const protocol = await loadCode(model, code => {
        const broken = code.replace(from, to);
        changed = broken !== code;
        // What the broken code calls has to be imported, too.
        const extra = ['u32be', 'u16be', 'u16le', 'putU16le', 'latin1', 'crc16Kermit', 'bcd'].filter(
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
