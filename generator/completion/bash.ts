/** Completion for bash 3.2 and later; it needs no other package. */
import { namesOfMessages } from './messages.js';
import type { ArgumentNode, CommandNode, OptionNode, Tree, Value } from './tree.js';

export function bashScript(tree: Tree): string {
  const fn = `_${tree.name.replaceAll('-', '_')}`;
  const top = [...tree.commands.map(c => c.name), ...tree.options.flatMap(spellings)];
  return `# bash completion for ${tree.name}: source this file, or put it where bash-completion looks for it.
${fn}_words() {
  local IFS=' '
  compgen -W "$1" -- "$cur"
}

# The messages of the schema among the words.
${fn}_messages() {
  local word
  for word in "\${COMP_WORDS[@]}"; do
    case "$word" in
      *.yaml)
        ${namesOfMessages(`"\${word/#\\~/$HOME}"`)}
        return
        ;;
    esac
  done
}

${fn}() {
  local IFS=$'\\n'
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local word place=0 skip=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(${fn}_words "${top.join(' ')}"))
    return
  fi
  # --option=value comes as three words.
  if [ "$cur" = "=" ]; then
    cur=
  elif [ "$prev" = "=" ]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$command $prev" in
${tree.commands.flatMap(c => valueCases(fn, c)).join('\n')}
  esac
  case "$cur" in
    -*)
      case "$command" in
${tree.commands.map(c => `        ${c.name}) COMPREPLY=($(${fn}_words "${c.options.flatMap(spellings).join(' ')}")) ;;`).join('\n')}
      esac
      return
      ;;
  esac
  # Which argument is it? Options and their values do not count.
  for word in "\${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
    if [ -n "$skip" ]; then
      [ "$word" = "=" ] || skip=
      continue
    fi
    case "$command $word" in
      ${optionsWithValues(tree).join(' | ')}) skip=1 ;;
      *" -"?*) ;;
      *) place=$((place + 1)) ;;
    esac
  done
  case "$command $place" in
${tree.commands.flatMap(c => argumentCases(fn, c)).join('\n')}
  esac
}
complete -F ${fn} ${tree.name}
`;
}

function spellings({ long, short }: OptionNode): string[] {
  return short === undefined ? [long] : [long, short];
}

function valueCases(fn: string, command: CommandNode): string[] {
  return command.options.flatMap(option => {
    if (option.value === undefined) return [];
    const patterns = spellings(option).map(s => `"${command.name} ${s}"`);
    return [
      `    ${patterns.join(' | ')})`,
      ...offer(fn, option.value).map(line => `      ${line}`),
      '      return',
      '      ;;',
    ];
  });
}

function optionsWithValues(tree: Tree): string[] {
  return tree.commands.flatMap(c =>
    c.options.filter(o => o.value !== undefined).flatMap(o => spellings(o).map(s => `"${c.name} ${s}"`)),
  );
}

function argumentCases(fn: string, command: CommandNode): string[] {
  return command.arguments.flatMap((argument, i) => {
    const code = offer(fn, argument.value);
    if (code.length === 0) return [];
    return [`    ${placeOf(command, argument, i)})`, ...code.map(line => `      ${line}`), '      ;;'];
  });
}

function placeOf(command: CommandNode, argument: ArgumentNode, i: number): string {
  return argument.variadic ? `"${command.name} "*` : `"${command.name} ${i}"`;
}

function offer(fn: string, value: Value): string[] {
  const files = ['compopt -o filenames 2>/dev/null'];
  switch (value.kind) {
    case 'words':
      return [`COMPREPLY=($(${fn}_words "${value.words.join(' ')}"))`];
    case 'schema':
      return [
        `COMPREPLY=(${wordsBefore(fn, value.names)}$(compgen -f -X '!*.yaml' -- "$cur") $(compgen -d -- "$cur"))`,
        ...files,
      ];
    case 'message':
      return [`COMPREPLY=($(${fn}_words "$(${fn}_messages)"))`];
    case 'file':
      return ['COMPREPLY=($(compgen -f -- "$cur"))', ...files];
    case 'folder':
      return ['COMPREPLY=($(compgen -d -- "$cur"))', ...files];
    case 'text':
      return [];
  }
}

function wordsBefore(fn: string, words: readonly string[]): string {
  return words.length === 0 ? '' : `$(${fn}_words "${words.join(' ')}") `;
}
