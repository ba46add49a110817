/** `gw-gen completion`: what a shell needs to complete the commands. */
import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { treeOf } from '../completion/tree.js';
import { zshScript } from '../completion/zsh.js';
import { Problem } from '../run/problem.js';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** The choices stand in the help; who names another shell is told what there is. */
function shellOf(name: string): string {
  if (Object.hasOwn(scripts, name)) return name;
  throw new Problem(`There is no completion for "${name}"`, 'bash, zsh or fish', 2);
}

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script with which a shell completes commands, options, their values, and files.')
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(scripts)).argParser(shellOf))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(gw-gen completion bash)                       in ~/.bashrc\n  gw-gen completion zsh > ~/.zfunc/_gw-gen               with fpath+=~/.zfunc before compinit\n  gw-gen completion fish > ~/.config/fish/completions/gw-gen.fish',
    )
    .action(async (shell: keyof typeof scripts) => {
      const { gwGen } = await import('./program.js');
      process.stdout.write(scripts[shell](treeOf(await gwGen())));
    });
}
