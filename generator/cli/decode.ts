/** `gw-gen decode`: what do these bytes say? */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { ConnContext, type Direction, decodeBytes, FrameDecoder, type FrameResult } from '../../src/codec/index.js';
import { type LoadedSchema, loadUnproven } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { frameObject, frameText } from './frame-lines.js';
import { bytesOfHex } from './hex.js';
import { choice, formatOption, result, showSecretsOption } from './output.js';

const STDIN = '-';

interface Options {
  dir: Direction;
  state?: 'new' | 'open';
  stream?: string;
  join?: true;
  format: string;
  json?: true;
  showSecrets?: true;
}

export function addDecode(program: Command): void {
  program
    .command('decode')
    .summary('decode frames given as hexadecimal digits or as a file')
    .description(
      'Decodes frames with a schema; nothing has to be generated first. Hexadecimal digits come as arguments, or as lines ' +
        'on stdin, each one frame; or --stream names a file of bytes, which are cut into frames as they come. ' +
        'Exits with 1 if a frame could not be decoded.',
    )
    .argument('<schema>', 'path of a .wire.yaml file')
    .argument('[hex...]', 'bytes as hexadecimal digits; spaces do not matter')
    .addOption(choice('--dir <direction>', 'client to server, or server to client', ['up', 'down']).default('up'))
    .addOption(choice('--state <state>', 'what the connection has said before', ['new', 'open']))
    .option('--stream <file>', 'read a stream of bytes, no digits, from a file or pipe; - is stdin')
    .option('--join', 'all digits are one stream of bytes')
    .addOption(formatOption(['text', 'json']))
    .option('--json', 'the same as --format json: one object a line')
    .addOption(showSecretsOption())
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen decode protocols/gt06.wire.yaml "7878 0d01 0352887071911998 0004 79d0 0d0a"\n  gw-gen decode --stream capture.bin --format json protocols/gt06.wire.yaml\n  nc 127.0.0.1 8282 | gw-gen decode --stream - --dir down protocols/chat.wire.yaml',
    )
    .action(async (schema: string, hex: string[], options: Options) => {
      if (options.stream !== undefined && (hex.length > 0 || options.join === true))
        throw new Problem('--stream reads bytes, no hexadecimal digits', 'leave one of the two out', 2);
      const run = new DecodeRun(await loadUnproven(schema), options);
      if (options.stream !== undefined) await run.read(options.stream);
      else if (hex.length > 0) for (const argument of hex) run.input(argument);
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
  readonly #options: Options;
  readonly #json: boolean;
  #stream: FrameDecoder | undefined;
  #frames = 0;

  constructor(loaded: LoadedSchema, options: Options) {
    this.#loaded = loaded;
    this.#options = options;
    this.#json = options.json === true || options.format === 'json';
    if (options.join === true) this.#stream = this.#decoder();
  }

  /** Decodes a file or pipe as it comes; no more of it is kept than one frame and what the reader of stdout is behind. */
  async read(file: string): Promise<void> {
    this.#stream = this.#decoder();
    try {
      const chunks: AsyncIterable<Uint8Array> = file === STDIN ? process.stdin : createReadStream(file);
      for await (const chunk of chunks) {
        this.#stream.push(chunk);
        if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
      }
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      if (code === undefined || (e as NodeJS.ErrnoException).syscall === undefined) throw e;
      throw new Problem(`Cannot read "${file}" (${code})`, 'the path of a file, or - for stdin');
    }
  }

  input(text: string): void {
    if (text.trim() === '') return;
    const { dir, state, showSecrets } = this.#options;
    const haveSecret = this.#loaded.protocol.secrets[dir].length > 0;
    const bytes = bytesOfHex(text, 'The bytes', showSecrets === true || !haveSecret);
    if (this.#stream !== undefined) {
      this.#stream.push(bytes);
      return;
    }
    const before = this.#frames;
    const known = state === undefined ? {} : { state };
    for (const r of decodeBytes(this.#loaded.protocol, dir, bytes, known)) this.#print(r);
    if (this.#frames === before)
      this.#print({
        ok: false,
        code: 'TRUNCATED',
        offset: bytes.length,
        field: '',
        text: 'the bytes hold no frame',
        bytes: bytes.length,
        raw: bytes,
        secret: haveSecret,
      });
  }

  finish(): void {
    this.#stream?.end();
  }

  #decoder(): FrameDecoder {
    const conn = new ConnContext();
    if (this.#options.state === undefined) conn.stateless = true;
    else conn.state = this.#options.state;
    return new FrameDecoder(this.#loaded.protocol, this.#options.dir, r => this.#print(r), conn);
  }

  #print(r: FrameResult): void {
    this.#frames++;
    if (!r.ok) this.failed = true;
    const shown = this.#options.showSecrets === true ? { ...r, secret: false, secrets: [] } : r;
    result(this.#json ? frameObject(shown) : frameText(shown));
  }
}
