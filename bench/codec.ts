/** Decode, encode and streams: each contender in a process of its own, in rounds that alternate. */
import { Child } from './child.js';
import type { RoundRequest, RoundResult } from './contender.js';
import type { Row, Side } from './report.js';
import { median } from './statistics.js';

export interface Settings {
  readonly pairs: number;
  /** Milliseconds of one round. */
  readonly round: number;
  readonly narrate: (text: string) => void;
}

interface Group {
  readonly section: string;
  readonly protocol: string;
  readonly what: string;
  readonly subject: string;
  readonly others: readonly { readonly contender: string; readonly target?: number }[];
  readonly unit: 'ns' | 'frames/s';
}

const PARSER = 10;
const HAND = 0.9;
const STREAM = 15;
const ENCODE = 0.5;

const decode = (protocol: string, message: string, parser: boolean, kaitai = false): Group => ({
  section: 'decode',
  protocol,
  what: `${protocol} ${message}, decode with checks`,
  subject: `decode ${message}/generated`,
  others: [
    ...(parser ? [{ contender: `decode ${message}/binary-parser`, target: PARSER }] : []),
    { contender: `decode ${message}/hand-written`, target: HAND },
    ...(kaitai ? [{ contender: `decode ${message}/Kaitai Struct` }] : []),
  ],
  unit: 'ns',
});

const encode = (protocol: string, message: string): Group => ({
  section: 'encode',
  protocol,
  what: `${protocol} ${message}, encode : decode, both with checks`,
  subject: `encode ${message}/encode`,
  others: [{ contender: `decode ${message}/generated`, target: ENCODE }],
  unit: 'ns',
});

const stream = (protocol: string): Group => ({
  section: 'stream',
  protocol,
  what: `${protocol} stream in 64 KiB chunks: cut, check, decode`,
  subject: 'stream/generated',
  others: [{ contender: 'stream/concat + binary-parser', target: STREAM }],
  unit: 'frames/s',
});

const groups: readonly Group[] = [
  decode('gt06', 'location', true),
  {
    section: 'decode',
    protocol: 'gt06',
    what: 'gt06 location, decode without checks of the frame',
    subject: 'decode location unchecked/generated',
    others: [
      { contender: 'decode location unchecked/binary-parser', target: PARSER },
      { contender: 'decode location unchecked/Kaitai Struct' },
    ],
    unit: 'ns',
  },
  decode('teltonika', 'avl8e', true),
  decode('jt808', 'location', true),
  decode('game', 'input', true, true),
  decode('game', 'snapshot', true),
  decode('chat', 'say', false),
  stream('gt06'),
  stream('jt808'),
  stream('teltonika'),
  stream('game'),
  encode('gt06', 'location'),
  encode('jt808', 'location'),
  encode('teltonika', 'avl8e'),
  encode('game', 'input'),
  encode('game', 'snapshot'),
  encode('chat', 'say'),
];

/** Could the link use the codec that is generated from its own schema? Not if that costs more than 5 % per record. */
const LINK = 0.95;

const ofLink = (section: 'decode' | 'encode', subject: string): Group => ({
  section,
  protocol: 'link',
  what: `link event, ${section} one record`,
  subject: `${section} event/${subject}`,
  others: [{ contender: `${section} event/the link's own`, target: LINK }],
  unit: 'ns',
});

const all: readonly Group[] = [...groups, ofLink('decode', 'generated'), ofLink('encode', 'encode')];

export async function measureCodec(section: string, settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const group of all.filter(g => g.section === section)) {
    const measured = await measure(group, settings);
    rows.push(...measured);
  }
  if (section === 'decode') settings.narrate('chat: binary-parser cannot express lines of text, so it is not compared');
  return rows;
}

async function measure(group: Group, { pairs, round }: Settings): Promise<Row[]> {
  const names = [group.subject, ...group.others.map(o => o.contender)];
  const runners = names.map(name => new Child('contender', [group.protocol, name]));
  try {
    const checks: number[] = [];
    for (const runner of runners) checks.push((await runner.ask<{ check: number }>()).check);
    if (group.section !== 'encode') sameResults(names, checks);
    const times: number[][] = runners.map(() => []);
    const request: RoundRequest = { milliseconds: round };
    // Rounds before the first pair warm up, and find out how many operations a round takes.
    for (const runner of runners) for (let i = 0; i < 4; i++) await runner.ask<RoundResult>(request);
    for (let pair = 0; pair < pairs; pair++) {
      const order = runners.map((_, i) => (pair % 2 === 0 ? i : runners.length - 1 - i));
      for (const i of order) times[i]!.push((await runners[i]!.ask<RoundResult>(request)).nanoseconds);
    }
    const side = (i: number): Side => {
      const ns = median(times[i]!);
      const name = names[i]!.slice(names[i]!.indexOf('/') + 1);
      return { name, unit: group.unit, value: group.unit === 'ns' ? ns : 1e9 / ns };
    };
    return group.others.map(({ target }, i) => ({
      section: group.section,
      what: group.what,
      subject: side(0),
      other: side(i + 1),
      ratios: times[0]!.map((ns, pair) => times[i + 1]![pair]! / ns),
      target,
    }));
  } finally {
    await Promise.all(runners.map(runner => runner.stop()));
  }
}

/** Contenders that read different values must not be compared. */
function sameResults(names: readonly string[], checks: readonly number[]): void {
  checks.forEach((check, i) => {
    const off = Math.abs(check - checks[0]!);
    if (!(off <= 1e-9 * Math.abs(checks[0]!)))
      throw new Error(
        `"${names[i]}" gives ${check}, "${names[0]}" gives ${checks[0]}: they do not read the same values`,
      );
  });
}
