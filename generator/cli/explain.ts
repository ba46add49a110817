/** `gw-gen explain`: which byte says what? */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { explain, explainer } from '../explain/explain.js';
import { explainedJson, printExplained } from '../explain/print.js';
import { haveSecrets, hideSecrets } from '../explain/secrets.js';
import { loadUnproven } from '../run/load-schema.js';
import { Problem } from '../run/problem.js';
import { nearest } from '../schema/suggest.js';
import { bytesOfHex } from './hex.js';
import { choice, formatOption, jsonLine, out, result, say, showSecretsOption } from './output.js';

interface Options {
  up?: true;
  down?: true;
  state?: 'new' | 'open';
  awaiting?: string;
  file?: string;
  format: string;
  showSecrets?: true;
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('show what every byte of a frame says')
    .description(
      'Shows the bytes of frames field by field: where each stands, what it holds, and what is wrong where. All bytes are\n' +
        'one stream, which may hold several frames and garbage. Nothing has to be generated first.\n' +
        'Exits with 1 if a frame was refused or bytes were skipped.',
    )
    .argument('<schema>', 'path of a .wire.yaml file')
    .argument('[hex...]', 'bytes as hexadecimal digits; spaces do not matter')
    .option('--up', 'the client sends them (default)')
    .option('--down', 'the server sends them')
    .addOption(choice('--state <state>', 'what the connection has said before', ['new', 'open']))
    .option('--awaiting <message>', 'the request that waits for an answer')
    .option('--file <file>', 'read the bytes themselves from a file, - for stdin')
    .addOption(formatOption(['text', 'json']))
    .addOption(showSecretsOption())
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen explain protocols/gt06.wire.yaml 78 78 0d 01 03 52 88 70 71 91 19 98 00 04 79 d0 0d 0a\n  gw-gen explain --down --file dump.bin protocols/gt06.wire.yaml',
    )
    .action(async (schema: string, hex: string[], options: Options) => {
      if (options.up === true && options.down === true)
        throw new Problem('--up and --down cannot both be', 'give one of them', 2);
      const { model, protocol } = await loadUnproven(schema);
      const direction = options.down === true ? 'down' : 'up';
      const mayShow = options.showSecrets === true || protocol.secrets[direction].length === 0;
      const input = bytesOf(hex, options, mayShow);
      checkAwaiting(
        options,
        model.messages.map(m => m.name),
      );
      const by = await explainer(model);
      const known = {
        ...(options.state === undefined ? {} : { state: options.state }),
        ...(options.awaiting === undefined ? {} : { awaiting: options.awaiting }),
      };
      const parts = explain(by, direction, input, known);
      const shown = options.showSecrets === true ? parts : hideSecrets(parts);
      if (options.format === 'json') for (const part of shown) result(jsonLine(explainedJson(part)));
      else result(printExplained(shown, direction, out));
      if (shown !== parts && haveSecrets(parts)) say('  hint: --show-secrets shows what is secret');
      const isBad = (p: (typeof parts)[number]): boolean =>
        p.kind === 'skipped' || (p.mistake !== undefined && !p.mistake.kept);
      if (!parts.some(isBad)) return;
      process.exitCode = 1;
      if (options.up === true || options.down === true) return;
      if (!explain(by, 'down', input, known).some(isBad)) say('  hint: --down reads them as what the server sends');
    });
}

function checkAwaiting({ awaiting }: Options, messages: readonly string[]): void {
  if (awaiting === undefined || messages.includes(awaiting)) return;
  const near = nearest(awaiting, messages);
  const hint = near === undefined ? `messages: ${messages.join(', ')}` : `did you mean "${near}"?`;
  throw new Problem(`--awaiting: there is no message "${awaiting}"`, hint, 2);
}

function bytesOf(hex: readonly string[], { file }: Options, mayShow: boolean): Uint8Array {
  if (file !== undefined) {
    if (hex.length > 0) throw new Problem('Bytes are given twice, as digits and with --file', 'give one of them', 2);
    return notEmpty(readBytes(file));
  }
  if (hex.length === 0 && process.stdin.isTTY)
    throw new Problem('No bytes given', 'give hexadecimal digits, or --file', 2);
  const text = hex.length > 0 ? hex.join(' ') : readBytes('-').toString('utf8');
  return notEmpty(bytesOfHex(text, 'The bytes', mayShow));
}

function notEmpty(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new Problem('There are no bytes to explain', 'give hexadecimal digits, or --file', 2);
  return bytes;
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    throw new Problem(`Cannot read "${file}" (${code})`, 'the path of a file with the bytes themselves, or -');
  }
}
