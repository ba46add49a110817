/** Completion for fish: one line for each command, option and kind of argument. */
import type { CommandNode, OptionNode, Tree, Value } from './tree.js';

export function fishScript(tree: Tree): string {
  const complete = (...words: readonly string[]): string => ['complete -c', tree.name, ...words].join(' ');
  const first = ['-n', '__fish_use_subcommand'];
  const lines = [
    `# fish completion for ${tree.name}: put this file into ~/.config/fish/completions, or source it.`,
    complete('-f'),
    ...tree.options.map(o => complete(...first, ...optionWords(o))),
    ...tree.commands.map(c => complete(...first, '-a', c.name, '-d', quoted(c.summary))),
    ...tree.commands.flatMap(c => {
      const inside = ['-n', quoted(`__fish_seen_subcommand_from ${c.name}`)];
      return [
        ...c.options.map(o => complete(...inside, ...optionWords(o))),
        ...argumentWords(c).map(words => complete(...inside, ...words)),
      ];
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function optionWords({ long, short, description, value }: OptionNode): string[] {
  const names = ['-l', long.slice(2), ...(short === undefined ? [] : ['-s', short.slice(1)])];
  const offered = value === undefined ? [] : ['-x', ...offer(value)];
  return [...names, ...offered, '-d', quoted(description)];
}

/** Each kind once: fish does not count arguments. */
function argumentWords(command: CommandNode): string[][] {
  const all = command.arguments.map(a => offer(a.value)).filter(words => words.length > 0);
  return all.filter((words, i) => all.findIndex(other => other.join() === words.join()) === i);
}

function offer(value: Value): string[] {
  switch (value.kind) {
    case 'words':
      return ['-a', quoted(value.words.join(' '))];
    case 'schema':
      return ['-a', quoted('(__fish_complete_suffix .yaml)')];
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
