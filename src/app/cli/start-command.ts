/** A command whose options may stand in the environment, as those of `gw start`. */
import { Command, type Option } from 'commander';
import { startVariables, variableOf } from '../environment.js';

export class StartCommand extends Command {
  /** Which of them may has to be known before they are added. */
  override addOption(option: Option): this {
    const variable = variableOf(option.long ?? '');
    if (startVariables.has(variable)) option.env(variable);
    return super.addOption(option);
  }
}
