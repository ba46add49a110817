/** Completion for fish: one line for each command, option and argument, and a few functions that say where one is. */
import { namesOfMessages } from './messages.js';
import type { CommandNode, OptionNode, Tree, Value } from './tree.js';

export function fishScript(tree: Tree): string {
  const fn = `__${tree.name.replaceAll('-', '_')}`;
  const complete = (...words: readonly string[]): string => ['complete -c', tree.name, ...words].join(' ');
  const first = ['-n', '__fish_use_subcommand'];
  const lines = [
    `# fish completion for ${tree.name}: put this file into ~/.config/fish/completions, or source it.`,
    ...functions(fn, tree),
    complete('-f'),
    ...tree.options.map(o => complete(...first, ...optionWords(fn, o))),
    ...tree.commands.map(c => complete(...first, '-a', c.name, '-d', quoted(c.summary))),
    ...tree.commands.flatMap(c => {
      const inside = ['-n', quoted(`__fish_seen_subcommand_from ${c.name}`)];
      return [...c.options.map(o => complete(...inside, ...optionWords(fn, o))), ...argumentLines(fn, c, complete)];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** fish does not count arguments, and offers every file where one of a kind is meant. */
function functions(fn: string, tree: Tree): string[] {
  const taking = tree.commands.flatMap(c =>
    c.options.filter(o => o.value !== undefined).flatMap(o => spellings(o).map(s => quoted(`${c.name} ${s}`))),
  );
  return `function ${fn}_at -d 'whether this argument of a command is typed'
  set -l words (commandline -opc)
  test (count $words) -gt 1; and test "$words[2]" = $argv[1]; or return 1
  set -l place 0
  set -l skip 0
  for i in (seq 3 (count $words))
    if test $skip = 1
      set skip 0
    else if contains -- "$argv[1] $words[$i]" ${taking.join(' ')}
      set skip 1
    else if not string match -q -- '-*' $words[$i]
      set place (math $place + 1)
    end
  end
  test $place -ge $argv[2]; and test $place -le $argv[3]
end
function ${fn}_schemas
  __fish_complete_suffix .yaml | string match -r '.*(?:\\.yaml|/)(?:\\t.*)?$'
end
function ${fn}_messages
  set -l files (commandline -opc | string match '*.yaml' | string replace -r '^~' $HOME)
  test (count $files) -gt 0; and ${namesOfMessages('$files[1]')} | string split -n ' '
end`.split('\n');
}

function spellings({ long, short }: OptionNode): string[] {
  return short === undefined ? [long] : [long, short];
}

function optionWords(fn: string, { long, short, description, value }: OptionNode): string[] {
  const names = ['-l', long.slice(2), ...(short === undefined ? [] : ['-s', short.slice(1)])];
  const offered = value === undefined ? [] : ['-x', ...offer(fn, value)];
  return [...names, ...offered, '-d', quoted(description)];
}

function argumentLines(fn: string, command: CommandNode, complete: (...words: string[]) => string): string[] {
  return command.arguments.flatMap(({ value, variadic }, i) => {
    const words = offer(fn, value);
    const at = `${fn}_at ${command.name} ${i} ${variadic ? 999 : i}`;
    return words.length === 0 ? [] : [complete('-n', quoted(at), ...words)];
  });
}

function offer(fn: string, value: Value): string[] {
  switch (value.kind) {
    case 'words':
      return ['-a', quoted(value.words.join(' '))];
    case 'schema':
      return ['-a', quoted([...value.names, `(${fn}_schemas)`].join(' '))];
    case 'message':
      return ['-a', quoted(`(${fn}_messages)`)];
    case 'file':
      return ['-a', quoted('(__fish_complete_path)')];
    case 'folder':
      return ['-a', quoted('(__fish_complete_directories)')];
    case 'text':
      return [];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
