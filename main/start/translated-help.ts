import type { Help } from 'commander';
import type { Words } from '../../shared/words/words.ts';

/** What commander's own help says in English, in the reader's language. */
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
