import type { Command } from 'commander';
import { usageFailure } from '../../start/failure.ts';
import type { Shell } from '../command.ts';
import { completionScript, completionShells } from '../completion.ts';
import { outlineOf } from '../outline.ts';

/** Prints a completion script; unlike the other commands it needs no running node. */
export function addCompletionCommand({ words, out }: Shell, program: Command): void {
  program
    .command('completion <shell>')
    .description(words.cliHelp.commands.completion)
    .action((name: string) => {
      const shell = completionShells.find((one) => one === name);
      if (!shell)
        throw usageFailure(({ cli: { errors } }) =>
          errors.completionShell({ choices: completionShells.join(', '), shell: name }),
        );
      out(completionScript(outlineOf(program), shell));
    });
}
