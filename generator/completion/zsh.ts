/** Completion for zsh, by its own `_arguments`. */
import { namesOfMessages } from './messages.js';
import type { ArgumentNode, CommandNode, OptionNode, Tree, Value } from './tree.js';

export function zshScript(tree: Tree): string {
  const fn = `_${tree.name}`;
  return `#compdef ${tree.name}
# zsh completion for ${tree.name}: put this file as ${fn} into a folder of $fpath, or source it after compinit.
${fn}_messages() {
  local -a files names expl
  files=(\${(M)words:#*.yaml})
  names=(\${=$(${namesOfMessages(`\${(Q)~files[1]}`)})})
  _wanted messages expl message compadd -a names
}
${fn}() {
  local state
  local -a commands
  commands=(
${tree.commands.map(c => `    ${quoted(`${c.name}:${c.summary}`)}`).join('\n')}
  )
  _arguments -C ${tree.options.map(o => optionSpec(fn, o)).join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${tree.commands.map(c => commandCase(fn, c)).join('\n')}
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

function commandCase(fn: string, command: CommandNode): string {
  const specs = [...command.options.map(o => optionSpec(fn, o)), ...command.arguments.map(a => argumentSpec(fn, a))];
  return `        ${command.name}) _arguments ${specs.join(' ')} ;;`;
}

function optionSpec(fn: string, { long, short, description, value }: OptionNode): string {
  const text = `[${description.replaceAll(/[[\]:\\]/g, '\\$&')}]${value === undefined ? '' : `:value:${action(fn, value)}`}`;
  // With it the value may also stand behind an equals sign.
  const full = value === undefined ? long : `${long}=`;
  if (short === undefined) return quoted(`${full}${text}`);
  return `${quoted(`(${long} ${short})`)}{${full},${short}}${quoted(text)}`;
}

function argumentSpec(fn: string, { name, value, variadic }: ArgumentNode): string {
  return quoted(`${variadic ? '*' : ''}:${name}:${action(fn, value)}`);
}

function action(fn: string, value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'schema':
      if (value.names.length === 0) return '_files -g "*.yaml"';
      return `{compadd ${value.names.join(' ')}; _files -g "*.yaml"}`;
    case 'message':
      return `${fn}_messages`;
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
