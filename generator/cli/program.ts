/** The commands of `gw-gen`, in the order in which help lists them. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCheck } from './check.js';
import { addCompletion } from './completion.js';
import { addDecode } from './decode.js';
import { addDiff } from './diff.js';
import { addDocs } from './docs.js';
import { addEncode } from './encode.js';
import { addExplain } from './explain.js';
import { addFormat } from './format.js';
import { addGenerate } from './generate.js';
import { addInit } from './init.js';
import { addJsonSchema } from './json-schema.js';
import { err } from './output.js';

/** Each adds one command; a new command is a new file and a new entry. */
const commands = [
  addInit,
  addGenerate,
  addCheck,
  addDiff,
  addFormat,
  addDecode,
  addEncode,
  addExplain,
  addDocs,
  addJsonSchema,
  addCompletion,
];

export function gwGen(): Command {
  const program = new Command('gw-gen')
    .description('Declare a wire protocol in YAML; get codec, types, event stubs and a project to run them.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'say how it is used')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a problem, 2 wrong usage, 70 a fault of the program.\nResults go to stdout, narration and problems to stderr.',
    )
    .showHelpAfterError('(gw-gen --help shows what there is)')
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, err.red('error'))) })
    .exitOverride();
  for (const add of commands) add(program);
  for (const command of program.commands)
    command.showHelpAfterError(`(gw-gen ${command.name()} --help shows what there is)`);
  return program;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
