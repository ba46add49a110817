/** Completion for zsh, by its own `_arguments`. */
import type { ArgumentNode, CommandNode, OptionNode, Tree, Value } from './tree.js';

export function zshScript(tree: Tree): string {
  const fn = `_${tree.name}`;
  return `#compdef ${tree.name}
# zsh completion for ${tree.name}: put this file as ${fn} into a folder of $fpath, or source it after compinit.
${fn}() {
  local state
  local -a commands
  commands=(
${tree.commands.map(c => `    ${quoted(`${c.name}:${c.summary}`)}`).join('\n')}
  )
  _arguments -C ${tree.options.map(optionSpec).join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${tree.commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = "${fn}" ]; then
  ${fn} "$@"
else
  compdef ${fn} ${tree.name}
fi
`;
}

function commandCase(command: CommandNode): string {
  const specs = [...command.options.map(optionSpec), ...command.arguments.map(argumentSpec)];
  return `        ${command.name}) _arguments ${specs.join(' ')} ;;`;
}

function optionSpec({ long, short, description, value }: OptionNode): string {
  const text = `[${description.replaceAll(/[[\]:\\]/g, '\\$&')}]${value === undefined ? '' : `:value:${action(value)}`}`;
  if (short === undefined) return quoted(`${long}${text}`);
  return `${quoted(`(${long} ${short})`)}{${long},${short}}${quoted(text)}`;
}

function argumentSpec({ name, value, variadic }: ArgumentNode): string {
  return quoted(`${variadic ? '*' : ''}:${name}:${action(value)}`);
}

function action(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'schema':
      return '_files -g "*.yaml"';
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
      return ' ';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
