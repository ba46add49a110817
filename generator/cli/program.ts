/** The commands of `gw-gen`, in the order in which help lists them. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { err } from './output.js';

type Add = (program: Command) => void;

/** Each adds one command, and is loaded when it is asked for; a new command is a new file and a new entry. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  init: async () => (await import('./init.js')).addInit,
  generate: async () => (await import('./generate.js')).addGenerate,
  check: async () => (await import('./check.js')).addCheck,
  diff: async () => (await import('./diff.js')).addDiff,
  format: async () => (await import('./format.js')).addFormat,
  decode: async () => (await import('./decode.js')).addDecode,
  encode: async () => (await import('./encode.js')).addEncode,
  explain: async () => (await import('./explain.js')).addExplain,
  docs: async () => (await import('./docs.js')).addDocs,
  'json-schema': async () => (await import('./json-schema.js')).addJsonSchema,
  completion: async () => (await import('./completion.js')).addCompletion,
};

const VERSION = ['-V', '--version'];

/** Which commands have to be there for this command line: all of them for who has not named one. */
function wanted(first: string | undefined): string[] {
  if (first === undefined) return Object.keys(commands);
  if (VERSION.includes(first)) return [];
  return Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
}

/** @param first what stands first on the command line; without it, the program has all of its commands */
export async function gwGen(first?: string): Promise<Command> {
  const program = new Command('gw-gen')
    .description('Declare a wire protocol in YAML; get codec, types, event stubs and a project to run them.')
    .version(version(), VERSION.join(', '), 'print the version')
    .helpOption('-h, --help', 'say how it is used')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a problem, 2 wrong usage, 70 a fault of the program.\nResults go to stdout, narration and problems to stderr.',
    )
    .showHelpAfterError('(gw-gen --help shows what there is)')
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, err.red('error'))) })
    .exitOverride();
  for (const add of await Promise.all(wanted(first).map(name => commands[name]!()))) add(program);
  for (const command of program.commands)
    command.showHelpAfterError(`(gw-gen ${command.name()} --help shows what there is)`);
  return program;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
