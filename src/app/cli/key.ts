/** `gw key`: makes keys. They go to stdout, so that they can be sent into a file that only its owner may read. */
import { Command, Option } from 'commander';
import { createKey, deriveKey, type KeyKind, keyKinds, readKeys } from '../../link/index.js';
import { realDisk, realRandom } from '../../net/index.js';
import { FramegateError } from '../../protocol/index.js';

interface KeyOptions {
  readonly for?: KeyKind;
  readonly keyFile?: string;
}

export function keyCommand(): Command {
  return new Command('key')
    .description('make a key for the links between processes, or a lesser one that follows from it')
    .addOption(
      new Option('--for <role>', 'the key of a lesser role, from the first in the key file').choices(keyKinds.slice(1)),
    )
    .option('--key-file <path>', 'file with the greater key (default: the environment variable FRAMEGATE_KEY)')
    .action(key);
}

async function key({ for: kind, keyFile }: KeyOptions, command: Command): Promise<void> {
  if (kind === undefined) {
    if (keyFile !== undefined) command.error("error: option '--key-file' has no effect without '--for'; leave it out");
    process.stdout.write(`${createKey(realRandom)}\n`);
    return;
  }
  const [first] = await readKeys(keyFile === undefined ? {} : { keyFile }, realDisk);
  if (first === undefined) {
    throw new FramegateError('FG_KEY', `A ${kind} key follows from a greater one; name its file with --key-file`);
  }
  process.stdout.write(`${deriveKey(first, kind)}\n`);
}
