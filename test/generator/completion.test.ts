/** `gw-gen completion`: the scripts, asked as the shells ask them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { gwGen } from '../../generator/cli/program.js';
import { treeOf } from '../../generator/completion/tree.js';
import { gen } from '../support/gw-gen.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-completion-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(folder, shell), gen(['completion', shell]).out);
for (const name of ['meter.wire.yaml', 'two words.wire.yaml', 'notes.txt']) writeFileSync(join(folder, name), '');
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
  const schemas = ['meter.wire.yaml', 'protocols', 'two words.wire.yaml'];
  t.same(offered('check', ''), schemas);
  t.same(offered('check', 'meter.wire.yaml', 'two'), ['two words.wire.yaml']);
  t.same(offered('check', '--format', 'json', ''), schemas);
  t.same(offered('diff', 'meter.wire.yaml', 'm'), ['meter.wire.yaml']);
  t.same(offered('diff', 'meter.wire.yaml', 'meter.wire.yaml', ''), [], 'two are enough');
  t.same(offered('encode', '--dir', 'up', 'm'), ['meter.wire.yaml'], 'the value of an option is no argument');
  t.same(offered('encode', 'meter.wire.yaml', ''), [], 'a message is no file');
  t.same(offered('init', ''), ['protocols']);
});

for (const shell of ['zsh', 'fish']) {
  t.test(`${shell} reads its script`, { skip: has(shell) ? false : `there is no ${shell}` }, async t => {
    const script =
      shell === 'zsh'
        ? 'autoload -U compinit; compinit -u; . ./zsh; whence -w _gw-gen'
        : 'source ./fish; complete -c gw-gen';
    t.match(run(shell, script), { status: 0, error: '' });
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
  t.match(gen(['completion', 'tcsh']), { code: 2, out: '', err: 'Allowed choices are bash, zsh, fish.' });
});
