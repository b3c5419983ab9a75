/** What flags hold, read strictly; each error names its flag. */
import type { HostPort } from '../config.ts';

/** A flag that cannot be meant; the message names it and says what was expected. */
export class FlagError extends Error {
  readonly flag: string;

  constructor(flag: string, message: string) {
    super(`${flag}: ${message}`);
    this.name = 'FlagError';
    this.flag = flag;
  }
}

export function hostPort(flag: string, text: string): HostPort {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && !bracketed.includes(':'))) {
    throw new FlagError(
      flag,
      `expected HOST:PORT such as 127.0.0.1:8448 or [::1]:8448 with a port from 0 to 65535, got “${text}”`,
    );
  }
  return Object.freeze({ host, port });
}

export function oneOf<const T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new FlagError(flag, `expected ${choices.join(', ').replace(/, (?=[^,]+$)/, ' or ')}, got “${text}”`);
}
