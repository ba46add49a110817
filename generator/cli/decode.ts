/** `gw-gen decode`: what do these bytes say? */
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { ConnContext, type Direction, FrameDecoder, type FrameResult } from '../../src/codec/index.js';
import { type LoadedSchema, loadSchema } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { showBytes } from '../schema/byte-literal.js';
import { out, result } from './output.js';

interface Options {
  dir: string;
  state?: string;
  stream?: true;
  json?: true;
}

export function addDecode(program: Command): void {
  program
    .command('decode')
    .summary('decode frames given as hexadecimal digits')
    .description(
      'Decodes frames with a schema; nothing has to be generated first. Hexadecimal digits come as arguments, or as lines\n' +
        'on stdin. Each argument or line is one frame, or with --stream all of them are one stream of bytes.\n' +
        'Exits with 1 if a frame could not be decoded.',
    )
    .argument('<schema>', 'path of a .wire.yaml file')
    .argument('[hex...]', 'bytes as hexadecimal digits; spaces do not matter')
    .option('--dir <direction>', 'up (client to server) or down', 'up')
    .option('--state <state>', 'new or open: what the connection has said before')
    .option('--stream', 'all input is one byte stream')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen decode protocols/gt06.wire.yaml "7878 0d01 0352887071911998 0004 79d0 0d0a"\n  xxd -p dump.bin | gw-gen decode --stream --json protocols/gt06.wire.yaml',
    )
    .action(async (schema: string, hex: string[], options: Options) => {
      if (options.dir !== 'up' && options.dir !== 'down')
        throw new Problem(`--dir cannot be "${options.dir}"`, 'up or down', 2);
      if (options.state !== undefined && options.state !== 'new' && options.state !== 'open') {
        throw new Problem(`--state cannot be "${options.state}"`, 'new or open', 2);
      }
      const loaded = await loadSchema(schema);
      const run = new DecodeRun(loaded, options.dir, options);
      if (hex.length > 0) for (const argument of hex) run.input(argument);
      else if (process.stdin.isTTY)
        throw new Problem('No bytes given', 'give hexadecimal digits as arguments or on stdin', 2);
      else for await (const line of createInterface({ input: process.stdin })) run.input(line);
      run.finish();
      if (run.failed) process.exitCode = 1;
    });
}

class DecodeRun {
  failed = false;
  readonly #loaded: LoadedSchema;
  readonly #dir: Direction;
  readonly #options: Options;
  #stream: FrameDecoder | undefined;
  #frames = 0;

  constructor(loaded: LoadedSchema, dir: Direction, options: Options) {
    this.#loaded = loaded;
    this.#dir = dir;
    this.#options = options;
    if (options.stream === true) this.#stream = this.#decoder();
  }

  input(text: string): void {
    const digits = text.replaceAll(/\s/g, '');
    if (digits === '') return;
    if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
      throw new Problem(`"${shorten(text)}" is no run of hexadecimal digits`, 'two digits a byte: 78 78 0d 01', 2);
    }
    const bytes = Uint8Array.from(Buffer.from(digits, 'hex'));
    if (this.#stream !== undefined) {
      this.#stream.push(bytes);
      return;
    }
    const before = this.#frames;
    const decoder = this.#decoder();
    decoder.push(bytes);
    decoder.end();
    if (this.#frames === before)
      this.#print({
        ok: false,
        code: 'TRUNCATED',
        offset: bytes.length,
        field: '',
        text: 'the bytes hold no frame',
        bytes: bytes.length,
        raw: bytes,
      });
  }

  finish(): void {
    this.#stream?.end();
  }

  #decoder(): FrameDecoder {
    const conn = new ConnContext();
    if (this.#options.state !== undefined) conn.state = this.#options.state as 'new' | 'open';
    return new FrameDecoder(this.#loaded.protocol, this.#dir, r => this.#print(r), conn);
  }

  #print(r: FrameResult): void {
    this.#frames++;
    if (!r.ok) this.failed = true;
    result(this.#options.json === true ? jsonLine(r) : this.#textLine(r));
  }

  #textLine(r: FrameResult): string {
    if (!r.ok) {
      const where = r.field === '' ? `byte ${r.offset}` : `byte ${r.offset}, field ${r.field}`;
      return `${out.red('refused')} ${where}: ${r.text} ${out.dim(`[${r.code}]`)}\n  ${showBytes(r.raw)}`;
    }
    const id = typeof r.id === 'number' ? ` ${out.dim(`0x${r.id.toString(16).padStart(2, '0')}`)}` : '';
    const secrets = this.#loaded.protocol[this.#dir].find(m => m.name === r.message)?.secrets ?? [];
    const lines = Object.entries(r.value)
      .filter(([, v]) => v !== undefined)
      .map(([key, v]) => `  ${out.cyan(key)}: ${secrets.includes(key) ? '***' : JSON.stringify(v, plainJson)}`);
    return [`${out.green(r.message)}${id} ${out.dim(`${r.bytes} bytes`)}`, ...lines].join('\n');
  }
}

function jsonLine(r: FrameResult): string {
  if (r.ok) {
    const { ok, message, id, value, bytes } = r;
    // Messages that are text have no id; the key is there all the same.
    return JSON.stringify({ ok, message, id: id ?? null, value, bytes }, plainJson);
  }
  const { ok, code, offset, field, text } = r;
  return JSON.stringify({ ok, code, offset, field, text });
}

/** Bytes as hexadecimal digits, bigints as text: JSON has neither. */
function plainJson(_: string, v: unknown): unknown {
  if (v instanceof Uint8Array) return Buffer.from(v).toString('hex');
  return typeof v === 'bigint' ? String(v) : v;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
