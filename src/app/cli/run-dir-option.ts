/** Where the processes of an application find one another: the same for all commands. */
import { Option } from 'commander';

export function runDirOption(): Option {
  return new Option(
    '--run-dir <folder>',
    'where the control sockets of all processes are (default: a folder of this user for this app file)',
  ).env('GW_RUN_DIR');
}
