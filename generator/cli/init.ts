/** `gw-gen init`: a new project. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { dependency, isForTelnet, scaffold, starters } from '../run/scaffold.js';
import { err, result, say } from './output.js';

interface Options {
  protocol?: string;
  framegate?: string;
  force?: true;
  deploy: boolean;
}

export function addInit(program: Command): void {
  program
    .command('init')
    .summary('write a new project')
    .description(
      'Writes a project that builds, passes its own test and serves: schema, generated code, event stubs, application.',
    )
    .argument('<folder>', 'where it goes; made if it is not there')
    .option('-p, --protocol <protocol>', `${starters.map(s => s.name).join(', ')}, or the path of a .wire.yaml file`)
    .option(
      '--framegate <spec>',
      'where the dependency comes from: a version, or the path of a folder or tarball; default: where this gw-gen does',
    )
    .option('--no-deploy', 'leave out what starts it in containers and under systemd')
    .option('--force', 'overwrite files that are there')
    .addHelpText(
      'after',
      '\nExamples:\n  gw-gen init my-app --protocol chat\n  gw-gen init my-app --protocol ../vendor/meter.wire.yaml',
    )
    .action(async (folder: string, options: Options) => {
      const protocol = options.protocol ?? (await askForProtocol());
      const done = await scaffold({
        folder,
        protocol,
        framegate: dependency(options.framegate),
        force: options.force === true,
        deploy: options.deploy,
      });
      for (const file of done.files) result(`wrote ${folder}/${file}`);
      say(`\n${err.bold('Next:')}\n  cd ${folder}\n  npm install\n  npm test\n  npm start`);
      if (isForTelnet(done.model)) say(`\nand in another terminal:\n  telnet 127.0.0.1 ${done.port}`);
    });
}

/** On a terminal people are asked; anywhere else the first choice is taken, and said. */
async function askForProtocol(): Promise<string> {
  const [first] = starters;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    say(`No --protocol given: taking "${first.name}"`);
    return first.name;
  }
  say('Which protocol?');
  for (const [i, s] of starters.entries()) say(`  ${i + 1}  ${s.name.padEnd(6)} ${err.dim(s.doc)}`);
  const io = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await io.question(`Number, name, or path of a schema [${first.name}]: `)).trim();
    return starters[Number(answer) - 1]?.name ?? (answer === '' ? first.name : answer);
  } finally {
    io.close();
  }
}
