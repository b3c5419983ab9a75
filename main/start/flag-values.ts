/** The values of flags, parsed strictly; each error names its flag. */
import { type Sentence, SpokenError } from '../../shared/words/refusal.ts';
import type { HostPort } from '../config.ts';

/** An invalid flag; its message names the flag and what was expected. */
export class FlagError extends SpokenError {
  readonly flag: string;

  constructor(flag: string, expected: Sentence) {
    super((words) => `${flag}: ${expected(words)}`);
    this.flag = flag;
  }
}

export function hostPort(flag: string, text: string): HostPort {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && !bracketed.includes(':')))
    throw new FlagError(flag, (words) => words.start.flags.hostPort({ value: text }));
  return Object.freeze({ host, port });
}

export function oneOf<const T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new FlagError(flag, (words) =>
    words.start.flags.oneOf({
      choices: new Intl.ListFormat(words.locale, { type: 'disjunction' }).format(choices),
      value: text,
    }),
  );
}
