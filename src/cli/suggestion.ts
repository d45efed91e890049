import type { Command } from 'commander';

/** For a message about an unknown option: the options of which it is the beginning; empty where there are none. */
export function suggestionFor(message: string, command: Command | undefined): string {
  const [, option] = /^unknown option '(--[a-z][a-z-]*)(?:=.*)?'/s.exec(message) ?? [];
  if (option === undefined || !command) return '';
  const longer = command.options
    .filter(({ long, hidden }) => !hidden && long?.startsWith(option))
    .map(({ long }) => long);
  if (longer.length === 0) return '';
  return ` (Did you mean ${longer.length > 1 ? 'one of ' : ''}${longer.join(', ')}?)`;
}
