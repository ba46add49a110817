/** `gw-gen encode`: which bytes say this? */
import type { Command } from 'commander';
import { ConnContext, type Decoded, type Direction, EncodeError, Writer } from '../../src/codec/index.js';
import type { Message } from '../model/model.js';
import { secretPaths } from '../model/secrets.js';
import { valueFromJson } from '../run/json-value.js';
import { type LoadedSchema, loadUnproven } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { nearest } from '../schema/suggest.js';
import { bytesOfHex } from './hex.js';
import { choice, result } from './output.js';

interface Options {
  dir?: Direction;
  request?: string;
  binary?: true;
}

export function addEncode(program: Command): void {
  program
    .command('encode')
    .summary('encode a message given as JSON')
    .description(
      'Encodes one message with a schema and prints the frame as hexadecimal digits. Bytes are given as hexadecimal text, ' +
        'times as milliseconds or ISO text. What the encoder can find by itself (sizes, checksums, serials) is left out.',
    )
    .argument('<schema>', 'path of a .wire.yaml file')
    .argument('<message>', 'name of the message')
    .argument('[json]', 'its fields as a JSON object', '{}')
    .addOption(choice('--dir <direction>', 'which way, for a message that goes both', ['up', 'down']))
    .option('--request <hex>', 'the frame that this message answers: what is echoed comes from it')
    .option('--binary', 'write the bytes themselves')
    .addHelpText(
      'after',
      `\nExamples:\n  gw-gen encode protocols/gt06.wire.yaml login '{"imei": "352887071911998", "serial": 4}'\n  gw-gen encode protocols/gt06.wire.yaml loginOk --request 78780d010352887071911998000479d00d0a`,
    )
    .action(async (schema: string, name: string, json: string, options: Options) => {
      const loaded = await loadUnproven(schema);
      const bytes = encode(loaded, name, json, options);
      if (options.binary === true) process.stdout.write(bytes);
      else result(Buffer.from(bytes).toString('hex'));
    });
}

function encode(loaded: LoadedSchema, name: string, json: string, options: Options): Uint8Array {
  const { model, protocol } = loaded;
  const message = model.messages.find(m => m.name === name);
  if (message === undefined) {
    const near = nearest(
      name,
      model.messages.map(m => m.name),
    );
    throw new Problem(
      `There is no message "${name}"`,
      near === undefined ? `messages: ${model.messages.map(m => m.name).join(', ')}` : `did you mean "${near}"?`,
      2,
    );
  }
  const direction = directionOf(message.dir, options);
  const value = valueFromJson(parse(json, message), message);
  const w = new Writer();
  try {
    protocol[direction]
      .find(m => m.name === name)!
      .write(w, value as never, new ConnContext(), requestOf(loaded, direction, options));
  } catch (e) {
    if (e instanceof EncodeError)
      throw new Problem(e.message, e.code === 'NEEDS_REQUEST' ? 'give the request with --request' : undefined);
    throw e;
  }
  return w.slice();
}

function directionOf(dir: 'up' | 'down' | 'both', options: Options): Direction {
  if (options.dir === undefined) return dir === 'both' ? 'down' : dir;
  if (dir !== 'both' && dir !== options.dir)
    throw new Problem(`This message goes ${dir}, not ${options.dir}`, 'leave --dir out', 2);
  return options.dir;
}

/** The frame that is answered, decoded. */
function requestOf({ protocol }: LoadedSchema, direction: Direction, options: Options): Decoded | undefined {
  if (options.request === undefined) return undefined;
  const asked: Decoded[] = [];
  const conn = new ConnContext();
  const from = direction === 'up' ? 'down' : 'up';
  const bytes = bytesOfHex(options.request, '--request', protocol.secrets[from].length === 0);
  const sink = {
    frame(b: Uint8Array, start: number, end: number): boolean {
      const decoded = protocol.decode(from, b, start, end, conn);
      if (decoded !== undefined) asked.push(decoded);
      return true;
    },
    skipped(): void {},
  };
  const splitter = protocol.splitter(from, conn);
  splitter.push(bytes, 0, bytes.length, sink);
  splitter.end(sink);
  if (asked.length === 1) return asked[0];
  throw new Problem('--request is no good frame', `gw-gen decode --dir ${from} says why`);
}

function parse(json: string, message: Message): unknown {
  try {
    return JSON.parse(json);
  } catch (e) {
    const said = (e as Error).message;
    throw new Problem(`The fields are no JSON${whereOf(said, message)}`, `'{"name": "value"}'`, 2);
  }
}

/** What the parser says quotes what stands there, but not where it tells a position. */
function whereOf(said: string, message: Message): string {
  if (secretPaths(message).length === 0) return `: ${said}`;
  const at = /at position (\d+)/.exec(said);
  const where = at === null ? '' : ` at character ${Number(at[1]) + 1}`;
  return `${where}; a secret may stand there, so it is not shown`;
}
