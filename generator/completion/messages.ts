/**
 * How scripts find the messages of a schema: its keys under `messages`, where each has a line of its own. To ask the command
 * itself would take longer than a person waits for a key.
 */

/** A command that prints them, with a space behind each; `file` is the shell's own spelling of the path. */
export function namesOfMessages(file: string): string {
  const script = [
    '/^messages:/ { on = 1; next }',
    'on && /^[^ #\\r]/ { exit }',
    'on && /^ +[A-Za-z_][A-Za-z0-9_]*:/ {',
    'match($0, /[^ ]/); if (!left) left = RSTART;',
    'if (RSTART == left) { sub(/^ +/, ""); sub(/:.*/, ""); printf "%s ", $0 } }',
  ];
  // Of the words of awk, a path with `=` would be an assignment. Errors of opening it are the shell's.
  return `awk '${script.join(' ')}' 2>/dev/null < ${file}`;
}
