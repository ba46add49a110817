/** The commands as completion needs them, read from commander's own tree. */
import type { Argument, Command, Option } from 'commander';
import { starters } from '../run/scaffold.js';

/** What can stand at a place: some words, a message of the schema, a kind of file, or something that cannot be guessed. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** A schema, or one that has a name. */
  | { readonly kind: 'schema'; readonly names: readonly string[] }
  | { readonly kind: 'message' | 'file' | 'folder' | 'text' };

export interface OptionNode {
  readonly long: string;
  readonly short?: string;
  readonly description: string;
  /** Missing where the option takes none. */
  readonly value?: Value;
}

export interface ArgumentNode {
  readonly name: string;
  readonly value: Value;
  readonly variadic: boolean;
}

export interface CommandNode {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
}

export interface Tree {
  readonly name: string;
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
}

const HELP: OptionNode = { long: '--help', short: '-h', description: 'say how it is used' };

export function treeOf(program: Command): Tree {
  const commands = program.commands.map(command => ({
    name: command.name(),
    summary: command.summary(),
    options: [...command.options.map(optionOf), HELP],
    arguments: command.registeredArguments.map(argumentOf),
  }));
  const help: CommandNode = {
    name: 'help',
    summary: 'say how a command is used',
    options: [],
    arguments: [{ name: 'command', variadic: false, value: { kind: 'words', words: commands.map(c => c.name) } }],
  };
  return { name: program.name(), options: [...program.options.map(optionOf), HELP], commands: [...commands, help] };
}

function optionOf(option: Option): OptionNode {
  const named = /<([\w-]+)>/.exec(option.flags)?.[1];
  return {
    long: option.long!,
    ...(option.short === undefined ? {} : { short: option.short }),
    description: option.description,
    ...(named === undefined ? {} : { value: valueNamed(named, option.argChoices) }),
  };
}

function argumentOf(argument: Argument): ArgumentNode {
  return {
    name: argument.name(),
    value: valueNamed(argument.name(), argument.argChoices),
    variadic: argument.variadic,
  };
}

/** A value is what its name in the usage says. */
function valueNamed(name: string, words: readonly string[] | undefined): Value {
  if (words !== undefined) return { kind: 'words', words };
  if (['schema', 'old', 'new'].includes(name)) return { kind: 'schema', names: [] };
  if (name === 'protocol') return { kind: 'schema', names: starters.map(s => s.name) };
  if (name === 'message') return { kind: 'message' };
  return { kind: name === 'file' || name === 'folder' ? name : 'text' };
}
