import type { Help } from 'commander';
import { type Words, wordsIn } from '../../shared/words/words.ts';

/**
 * The language of the terminal. As POSIX requires, the first of these variables that is set decides alone. `C` and
 * `POSIX` mean English, and so does a language without a catalog.
 */
export function terminalWords(env: NodeJS.ProcessEnv): Words {
  return wordsIn(env.LC_ALL || env.LC_MESSAGES || env.LANG || 'en');
}

/** The texts of commander's own help, in the reader's language. */
export function translatedHelp({ cliHelp }: Words): Partial<Help> {
  const { title, usage } = cliHelp;
  const titles: Readonly<Record<string, string>> = {
    'Usage:': title.usage,
    'Options:': title.options,
    'Commands:': title.commands,
    'Arguments:': title.arguments,
  };
  const translate = (text: string): string =>
    text.replace('[options]', usage.options).replace('[command]', usage.command);
  return {
    styleTitle: (text) => titles[text] ?? text,
    styleUsage: translate,
    styleSubcommandTerm: translate,
    optionDescription: ({ description, argChoices }) =>
      argChoices === undefined
        ? description
        : `${description} ${cliHelp.choices({ choices: argChoices.join(', ') })}`,
  };
}
