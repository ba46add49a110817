/**
 * A small line protocol, written by hand against the protocol contract: what a generated codec offers, as a second
 * implementation with policies that a test can choose.
 *
 *     up:   /login <name> <pass>   /ping   /help   /join <room>   /order <n>   /task <n>   /ask <n>   anything else: say
 *     down: lines that begin with *, or <from> text; a token is secret and has at most 8 characters
 */
import {
  BAD,
  type ConnContext,
  type Cut,
  type Decoded,
  type Direction,
  EncodeError,
  FRAME,
  fail,
  type MessageCodec,
  type MessageValue,
  MORE,
  type Protocol,
  SKIP,
  Splitter,
  UNKNOWN,
  type Writer,
} from '../../src/codec/index.js';

export interface Login {
  name: string;
  pass: string;
}

/** The interface that a generator would print. */
export interface Line {
  up: {
    login: Login;
    ping: object;
    help: object;
    join: { room: string };
    order: { n: number };
    task: { n: number };
    ask: { n: number };
    say: { line: string };
  };
  down: {
    welcome: { name: string };
    refused: { reason: string };
    pong: object;
    said: { from: string; line: string };
    ordered: { n: number };
    done: { n: number };
    answer: { text: string };
    stamped: { text: string };
    bye: { text: string };
    token: { token: string };
  };
  auth: { login: { ok: { name: string }; fail: { reason: string } } };
  replies: { order: object; task: object; ask: { text: string } };
}

export interface LineOptions {
  id?: string;
  wireHash?: string;
  /** Milliseconds. */
  within?: number;
  every?: number;
  miss?: number;
  idle?: number;
  tries?: number;
  login?: boolean;
  frame?: number;
  /** Messages with `delivery: at-most-once`. */
  once?: readonly string[];
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

function text(b: Uint8Array, start: number, end: number): string {
  return decoder.decode(b.subarray(start, end));
}

type Parse = (line: string) => MessageValue | undefined;
type Print = (value: MessageValue) => string;

function words(command: string, ...fields: string[]): Parse {
  return line => {
    const parts = line.split(' ');
    if (parts[0] !== command || parts.length !== fields.length + 1) return undefined;
    const value: MessageValue = {};
    for (const [i, field] of fields.entries()) value[field] = field === 'n' ? Number(parts[i + 1]) : parts[i + 1];
    return value;
  };
}

function put(w: Writer, line: string): void {
  w.append(encoder.encode(`${line}\r\n`));
}

class LineMessage implements MessageCodec {
  readonly name: string;
  readonly index: number;
  readonly parse: Parse;
  readonly #print: Print;

  constructor(name: string, index: number, parse: Parse, print: Print, policies: Partial<MessageCodec> = {}) {
    this.name = name;
    this.index = index;
    this.parse = parse;
    this.#print = print;
    Object.assign(this, policies);
  }

  read(b: Uint8Array, start: number, end: number): MessageValue | undefined {
    return this.parse(text(b, start, end)) ?? fail('NO_MATCH', start, '');
  }

  write(w: Writer, value: MessageValue, conn?: ConnContext, request?: Decoded): boolean {
    if (this.name === 'stamped') {
      // Needs the connection's serial number: without it the place stays open.
      const line = String(value.text);
      put(w, conn === undefined ? `* #? ${line}` : `* #${conn.nextSerial(65535)} ${line}`);
      return conn !== undefined;
    }
    if (this.name === 'ordered' && request !== undefined) value = { n: request.value.n, ...value };
    for (const field of Object.values(value)) {
      if (field === undefined) throw new EncodeError('TYPE', 'value', 'a field is missing');
    }
    if (this.name === 'token' && String(value.token).length > 8) {
      throw new EncodeError('LENGTH', 'token', `"${value.token}" is longer than 8`);
    }
    put(w, this.#print(value));
    return true;
  }
}

export function lineProtocol(options: LineOptions = {}): Protocol<Line> {
  const { within = 5000, every = 60_000, miss = 3, idle = 300_000, tries = 3 } = options;
  const limit = options.frame ?? 512;
  let index = 0;
  const up = (name: string, parse: Parse, policies: Partial<MessageCodec> = {}) =>
    new LineMessage(name, index++, parse, () => '', {
      ...policies,
      ...(options.once?.includes(name) === true ? { delivery: 'at-most-once' as const } : {}),
    });
  const ups: LineMessage[] = [
    up('login', words('/login', 'name', 'pass'), {
      secrets: ['pass'],
      auth: {
        identity: value => String(value.name),
        ok: { message: 'welcome' },
        fail: { message: 'refused' },
        early: { message: 'refused', values: () => ({ reason: 'log in first' }) },
        within,
        tries,
      },
    }),
    up('ping', words('/ping'), { heartbeat: { reply: { message: 'pong' }, every, miss } }),
    up('help', words('/help'), { anyAccess: true }),
    up('join', words('/join', 'room')),
    up('order', words('/order', 'n'), { reply: { message: 'ordered', mode: 'auto' } }),
    up('task', words('/task', 'n'), {
      reply: { message: 'done', mode: 'after-handler', values: request => ({ n: request.n }) },
    }),
    up('ask', words('/ask', 'n'), { reply: { message: 'answer', mode: 'manual' } }),
    up('say', line => (line.startsWith('/') ? undefined : { line })),
  ];
  index = 0;
  const down = (name: string, print: Print, policies: Partial<MessageCodec> = {}) =>
    new LineMessage(name, index++, () => undefined, print, policies);
  const downs: LineMessage[] = [
    down('welcome', v => `* welcome ${v.name}`),
    down('refused', v => `* refused: ${v.reason}`),
    down('pong', () => '* pong'),
    down('said', v => `<${v.from}> ${v.line}`),
    down('ordered', v => `* ordered ${v.n}`),
    down('done', v => `* done ${v.n}`),
    down('answer', v => `* answer ${v.text}`),
    down('stamped', v => `* #? ${v.text}`, { needsConnection: true }),
    down('bye', v => `* bye ${v.text}`, { closes: true }),
    down('token', v => `* token ${v.token}`, { secrets: ['token'] }),
  ];

  function cut(c: Cut, b: Uint8Array, o: number, end: number): typeof MORE | typeof FRAME | typeof SKIP {
    const at = b.indexOf(0x0a, o + c.scanned);
    if (at < 0 || at >= end) {
      c.scanned = end - o;
      c.need = 0;
      return MORE;
    }
    c.start = o;
    c.end = at > o && b[at - 1] === 0x0d ? at - 1 : at;
    c.next = at + 1;
    c.code = '';
    return c.end === c.start ? SKIP : FRAME;
  }

  function classify(_: Direction, b: Uint8Array, start: number, end: number): number {
    // A control character is what a broken device sends here.
    for (let o = start; o < end; o++) if (b[o]! < 0x20) return fail('GARBAGE', o, 'line') ?? BAD;
    const line = text(b, start, end);
    for (const message of ups) if (message.parse(line) !== undefined) return message.index;
    return UNKNOWN;
  }

  function readUnknown(_: Direction, b: Uint8Array, start: number, end: number): Decoded {
    return { index: UNKNOWN, name: 'unknown', id: undefined, value: { body: b.slice(start, end) } };
  }

  return {
    id: options.id ?? 'line',
    version: '1.0.0',
    wireHash: options.wireHash ?? 'wire-1',
    schemaHash: 'schema-1',
    limits: { frame: limit, idle },
    login: options.login ?? true,
    keepsBodies: false,
    opens: false,
    shapes: 1,
    peerIdentity: false,
    secrets: { up: ['pass'], down: ['token'] },
    up: ups,
    down: downs,
    splitter: (_direction, conn) => new Splitter(cut, conn, limit),
    classify,
    decode(direction, b, start, end) {
      const found = classify(direction, b, start, end);
      return found === BAD ? undefined : this.decodeAs(direction, found, b, start, end);
    },
    decodeAs(direction, found, b, start, end) {
      if (found === UNKNOWN) return readUnknown(direction, b, start, end);
      const message = ups[found]!;
      return { index: found, name: message.name, id: undefined, value: message.parse(text(b, start, end))! };
    },
    readUnknown,
    finish(w, b, start, end, conn) {
      put(
        w,
        text(b, start, end)
          .trimEnd()
          .replace('#?', `#${conn.nextSerial(65535)}`),
      );
    },
  };
}
