import type { Command } from 'commander';
import { oneOf } from '../../start/flag-values.ts';
import type { Shell } from '../command.ts';
import { completionScript, completionShells } from '../completion.ts';
import { outlineOf } from '../outline.ts';

/** Prints a completion script; unlike the other commands it needs no running node. */
export function addCompletionCommand({ words, out }: Shell, program: Command): void {
  program
    .command('completion <shell>')
    .description(words.cliHelp.commands.completion)
    .action((name: string) => {
      out(completionScript(outlineOf(program), oneOf('<shell>', name, completionShells)));
    });
}
