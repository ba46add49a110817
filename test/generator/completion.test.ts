/** `gw-gen completion`: the scripts, asked as the shells ask them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { gwGen } from '../../generator/cli/program.js';
import { treeOf } from '../../generator/completion/tree.js';
import { gen } from '../support/gw-gen.js';

const METER = `wire: 1
messages:
  # What it says first.
  hello: { dir: up, id: 1 }
  reading:
    dir: up
    fields: { a: u8 }

  stop_now: { dir: down, id: 3 }
vectors:
  - { dir: up, raw: "00" }
`;

const folder = mkdtempSync(join(tmpdir(), 'framegate-completion-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(folder, shell), gen(['completion', shell]).out);
for (const name of ['meter.wire.yaml', 'two words.wire.yaml', 'notes.txt']) writeFileSync(join(folder, name), METER);
// Named like an assignment of awk, with lines that end in two characters.
writeFileSync(join(folder, 'x=1.yaml'), METER.replaceAll('\n', '\r\n'));
mkdirSync(join(folder, 'protocols'));

const tree = treeOf(await gwGen());

/** Without what a user has set up. */
const BARE: Readonly<Record<string, readonly string[]>> = {
  bash: ['--norc', '--noprofile'],
  zsh: ['-f'],
  fish: ['-N'],
};

function run(shell: string, script: string): { status: number | null; lines: string[]; error: string } {
  const done = spawnSync(shell, [...BARE[shell]!, '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  return { status: done.status, lines: (done.stdout ?? '').split('\n').filter(l => l !== ''), error: done.stderr };
}

const has = (shell: string): boolean => run(shell, 'true').status === 0;
const noBash = has('bash') ? false : 'there is no bash';

/** What bash offers when the last of the words is being typed. */
function offered(...words: readonly string[]): string[] {
  const list = ['gw-gen', ...words].map(w => `'${w}'`).join(' ');
  const done = run(
    'bash',
    `. ./bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _gw_gen; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
  if (done.error !== '') throw new Error(done.error);
  return done.lines.sort();
}

t.test('bash: the script is registered, and says nothing when it is sourced', { skip: noBash }, async t => {
  t.match(run('bash', '. ./bash; complete -p gw-gen'), { status: 0, lines: ['complete -F _gw_gen gw-gen'], error: '' });
});

t.test('bash: commands and options of all commands', { skip: noBash }, async t => {
  const commands = tree.commands.map(c => c.name);
  t.same(offered(''), [...commands, '--help', '--version', '-V', '-h'].sort());
  t.same(offered('de'), ['decode']);
  for (const command of tree.commands) {
    const wanted = command.options.flatMap(o => (o.short === undefined ? [o.long] : [o.long, o.short]));
    t.same(offered(command.name, '-'), wanted.sort(), command.name);
  }
  t.same(offered('help', 'enc'), ['encode']);
});

t.test('bash: values of options, also behind =', { skip: noBash }, async t => {
  t.same(offered('check', '--format', ''), ['github', 'json', 'text']);
  t.same(offered('check', '--format', '=', ''), ['github', 'json', 'text']);
  t.same(offered('check', '--format', '='), ['github', 'json', 'text']);
  t.same(offered('diff', '--format', 'j'), ['json']);
  t.same(offered('decode', '--state', ''), ['new', 'open']);
  t.same(offered('generate', '-o', ''), ['protocols']);
  t.same(offered('decode', '--stream', 'no'), ['notes.txt']);
  t.same(offered('encode', '--request', ''), []);
  t.same(offered('completion', ''), ['bash', 'fish', 'zsh']);
});

t.test('bash: files where files are meant', { skip: noBash }, async t => {
  const schemas = ['meter.wire.yaml', 'protocols', 'two words.wire.yaml', 'x=1.yaml'];
  t.same(offered('check', ''), schemas);
  t.same(offered('check', 'meter.wire.yaml', 'two'), ['two words.wire.yaml']);
  t.same(offered('check', '--format', 'json', ''), schemas);
  t.same(offered('diff', 'meter.wire.yaml', 'm'), ['meter.wire.yaml']);
  t.same(offered('diff', 'meter.wire.yaml', 'meter.wire.yaml', ''), [], 'two are enough');
  t.same(offered('encode', '--dir', 'up', 'm'), ['meter.wire.yaml'], 'the value of an option is no argument');
  t.same(offered('encode', 'meter.wire.yaml', ''), ['hello', 'reading', 'stop_now'], 'a message is no file');
  t.same(offered('encode', 'x=1.yaml', ''), ['hello', 'reading', 'stop_now'], 'whatever it is called');
  t.same(offered('encode', 'none.wire.yaml', ''), [], 'and there are none without a schema');
  t.same(offered('explain', 'meter.wire.yaml', '--awaiting', 're'), ['reading']);
  t.same(offered('init', ''), ['protocols']);
  t.same(offered('init', '--protocol', ''), ['chat', 'game', 'gt06', ...schemas]);
  t.same(offered('init', '-p', 'ch'), ['chat']);
});

/** What zsh finds when the tab key is pressed behind these words: asked of one that has a terminal of its own. */
function zshFinds(typed: readonly string[]): Map<string, string[]> {
  writeFileSync(
    join(folder, 'capture.zsh'),
    `compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a __found
  builtin compadd -A __found "$@"
  (( $#__found )) && print -rl -- $__found >> $out
  builtin compadd "$@"
}
mark() { print done >> $out; }
zle -N mark
bindkey '^X' mark '^I' complete-word '^U' kill-whole-line
autoload -U compinit; compinit -u -D
. ./zsh
print done >> $out
`,
  );
  writeFileSync(
    join(folder, 'drive.zsh'),
    `zmodload zsh/zpty
out=$PWD/zsh.out
: > $out
await() {
  local -i n=0
  until [[ "$(tail -n 1 $out)" == done ]] || (( n++ > 1500 )); do zpty -r -t inner line; sleep 0.02; done
}
zpty inner "TERM=dumb zsh -f -i"
zpty -w inner "PS1=; out=$out; . ./capture.zsh"
await
for typed in "$@"; do
  print -r -- "? $typed" >> $out
  zpty -w -n inner $'\\x15'"$typed"$'\\t\\x18'
  await
done
zpty -d inner
cat $out
`,
  );
  const done = spawnSync('zsh', ['-f', 'drive.zsh', ...typed], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  const found = new Map<string, string[]>();
  let last: string[] = [];
  for (const line of done.stdout.split('\n')) {
    if (line.startsWith('? ')) {
      last = [];
      found.set(line.slice(2), last);
    } else if (line !== '' && line !== 'done') last.push(line.replaceAll('\\', ''));
  }
  return found;
}

/** What fish offers for a line, without descriptions. */
function fishFinds(typed: readonly string[]): Map<string, string[]> {
  return new Map(
    typed.map(line => {
      const { lines } = run('fish', `source ./fish; complete -C ${JSON.stringify(line)}`);
      return [line, lines.map(l => l.split('\t')[0]!.replace(/\/$/, ''))];
    }),
  );
}

/** What is offered behind a line; a word is enough where only that is meant. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['gw-gen de', ['decode']],
  ['gw-gen help en', ['encode']],
  ['gw-gen check ', ['meter.wire.yaml', 'protocols', 'two words.wire.yaml', 'x=1.yaml']],
  ['gw-gen check --format ', ['github', 'json', 'text']],
  ['gw-gen check --format=j', ['json']],
  ['gw-gen decode --state ', ['new', 'open']],
  ['gw-gen generate -o ', ['protocols']],
  ['gw-gen explain --state ', ['new', 'open']],
  [
    'gw-gen init --protocol ',
    ['chat', 'game', 'gt06', 'meter.wire.yaml', 'protocols', 'two words.wire.yaml', 'x=1.yaml'],
  ],
  ['gw-gen completion ', ['bash', 'fish', 'zsh']],
  ['gw-gen encode meter.wire.yaml ', ['hello', 'reading', 'stop_now']],
  ['gw-gen encode --dir up meter.wire.yaml re', ['reading']],
  ['gw-gen encode x=1.yaml ', ['hello', 'reading', 'stop_now']],
  ['gw-gen encode none.wire.yaml ', []],
  ['gw-gen encode meter.wire.yaml hello ', []],
  ['gw-gen explain meter.wire.yaml --awaiting ', ['hello', 'reading', 'stop_now']],
  ['gw-gen diff meter.wire.yaml me', ['meter.wire.yaml']],
];

for (const [shell, finds] of [
  ['zsh', zshFinds],
  ['fish', fishFinds],
] as const) {
  t.test(`${shell}: what is offered behind a line`, { skip: has(shell) ? false : `there is no ${shell}` }, async t => {
    const ready = shell === 'zsh' ? 'autoload -U compinit; compinit -u -D; . ./zsh' : 'source ./fish';
    t.match(run(shell, ready), { status: 0, lines: [], error: '' }, 'the script says nothing when it is sourced');
    const lines = [...LINES.map(([line]) => line), 'gw-gen ', ...tree.commands.map(c => `gw-gen ${c.name} --`)];
    const found = finds(lines);
    const offered = (line: string): string[] => [...new Set(found.get(line))].sort();
    for (const [line, wanted] of LINES) {
      // fish takes the value to the word that it stands behind.
      const plain = offered(line).map(word => word.replace(/^--\w+=/, ''));
      t.same(plain, wanted, line);
    }
    const commands = tree.commands.map(c => c.name);
    t.same(
      offered('gw-gen ').filter(word => commands.includes(word)),
      [...commands].sort(),
    );
    for (const { name, options } of tree.commands) {
      const long = offered(`gw-gen ${name} --`).map(word => word.replace(/=$/, ''));
      t.same(long, options.map(o => o.long).sort(), name);
    }
  });
}

t.test('every script has every command, option and choice', async t => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = gen(['completion', shell]).out;
    for (const { name, options } of tree.commands) {
      t.match(text, name);
      for (const { long, value } of options) {
        t.match(text, shell === 'fish' ? `-l ${long.slice(2)}` : long, `${shell}: ${name} ${long}`);
        for (const word of value?.kind === 'words' ? value.words : []) t.match(text, word);
      }
    }
  }
});

t.test('an unknown shell is wrong usage', async t => {
  t.match(gen(['completion', 'tcsh']), { code: 2, out: '', err: 'There is no completion for "tcsh"' });
});
