import type { Command } from 'commander';
import { CommandFailure } from './failure.js';

/** Adds an option that has to be given. Unlike `requiredOption`, it is missed only where no other is misspelt. */
export function addRequiredOption(command: Command, flags: string, description: string): Command {
  const option = command.createOption(flags, description);
  return command.addOption(option).hook('preAction', () => {
    if (command.getOptionValue(option.attributeName()) === undefined)
      throw CommandFailure.usage(`required option '${flags}' not specified (--help describes the options)`);
  });
}
