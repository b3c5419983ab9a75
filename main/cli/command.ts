/** How a command is declared: what it accepts, what it asks the node, what it prints. */
import { type Command, Option } from 'commander';
import type { Api } from '../../shared/api/contract.ts';
import { visibleJson } from '../../shared/unicode/visible.ts';
import type { Words } from '../../shared/words/words.ts';
import { type ExitCode, exitCodes, usageFailure } from '../start/failure.ts';
import { dataDirOr } from '../start/flags.ts';
import { findRunningNode, type RunningNode } from './running-node.ts';

/** The reader's language, and where output and exit code go. */
export interface Shell {
  readonly words: Words;
  out(text: string): void;
  finish(exitCode: ExitCode): void;
}

export interface Outcome {
  /** The output of `--json`: usually the API's answer, unchanged. */
  readonly json: unknown;
  readonly text: string;
  readonly exitCode?: ExitCode;
}

export type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Call {
  readonly node: RunningNode;
  readonly api: Api;
  /** Has as many arguments as the command declares; an optional one may be missing. */
  readonly args: readonly string[];
  readonly options: Options;
  readonly json: boolean;
  readonly words: Words;
  /** Prints while the command is running. */
  readonly print: (line: string) => void;
}

/** Returns no outcome if everything has been printed already. */
type Handler = (call: Call) => Promise<Outcome | undefined>;

/** `parse` throws a usage failure that names the flag; a list allows only these values. */
export type OptionRow = readonly [
  flag: string,
  meaning: string,
  parse?: ((text: string, flag: string) => string | number) | readonly string[],
];

type Answering = readonly [handler: Handler] | readonly [options: readonly OptionRow[], handler: Handler];

const optionsAndHandler = (given: Answering): readonly [readonly OptionRow[], Handler] =>
  given.length === 1 ? [[], given[0]] : given;

/** The program, or a command of it that has subcommands. */
export class Branch {
  readonly parser: Command;
  readonly shell: Shell;

  constructor(shell: Shell, parser: Command) {
    this.shell = shell;
    this.parser = parser;
  }

  get words(): Words {
    return this.shell.words;
  }

  /** `spec` is the name and the arguments, as commander writes them: `add <url-or-name>`. */
  add(spec: string, summary: string, ...given: Answering): Command {
    const command = this.parser.command(spec).description(summary);
    return answerWith(this.shell, command, ...optionsAndHandler(given));
  }

  /** Adds a command with subcommands, which runs the handler without one. */
  group(name: string, summary: string, ...given: Answering): Branch {
    const group = this.parser.command(name).description(summary).allowExcessArguments();
    group.hook('preAction', (_group, acting) => {
      if (acting === group) refuseUnknownVerb(group);
    });
    return new Branch(this.shell, answerWith(this.shell, group, ...optionsAndHandler(given)));
  }

  /** Adds a noun that lists by default: `peers` is `peers list`. */
  noun(name: string, summary: string, ...given: Answering): Branch {
    const noun = this.group(name, summary, ...given);
    noun.add('list', this.words.cliHelp.commands.listOf({ summary }), ...given);
    return noun;
  }
}

export const pagingOptions = ({ cliHelp: { options } }: Words): OptionRow[] => [
  ['--limit <number>', options.limit, wholeNumber],
  ['--cursor <cursor>', options.cursor],
];

export const asOption = ({ cliHelp }: Words): OptionRow => ['--as <user-id>', cliHelp.options.as];

function answerWith(
  shell: Shell,
  command: Command,
  options: readonly OptionRow[],
  handler: Handler,
): Command {
  const { words } = shell;
  const texts = words.cliHelp.options;
  command.option('--json', texts.json).option('--data-dir <dir>', texts.dataDir);
  for (const [flag, meaning, parse] of options) {
    const option = new Option(flag, meaning);
    if (typeof parse === 'function') option.argParser((text) => parse(text, flag.split(' ', 1)[0] ?? flag));
    else if (parse) option.choices(parse);
    command.addOption(option);
  }
  return command.action(async () => {
    const given: Options = command.optsWithGlobals();
    refuseStartFlags(command);
    const json = given.json === true;
    const dataDir = dataDirOr(textOption(given, 'dataDir'));
    const node = await findRunningNode(dataDir, words);
    const { args } = command;
    const outcome = await handler({
      node,
      api: node.api,
      args,
      options: given,
      json,
      words,
      print: shell.out,
    });
    if (!outcome) return;
    shell.out(json ? visibleJson(JSON.stringify(outcome.json)) : outcome.text);
    shell.finish(outcome.exitCode ?? exitCodes.ok);
  });
}

/** `paracord-node --listen … status` wouldn't start a node, so such a flag is an error here. */
function refuseStartFlags(command: Command): void {
  let root = command;
  while (root.parent) root = root.parent;
  const stray = root.options.find((option) => {
    const name = option.attributeName();
    return name !== 'dataDir' && root.getOptionValue(name) !== undefined;
  });
  if (!stray) return;
  const named = { flag: stray.long ?? '', command: command.name() };
  throw usageFailure(({ cli }) => cli.errors.startFlag(named));
}

function refuseUnknownVerb(noun: Command): void {
  const [verb] = noun.args;
  if (verb === undefined) return;
  const group = noun.name();
  const choices = noun.commands.map((one) => one.name()).join(', ');
  throw usageFailure(({ cli }) =>
    cli.errors.unknownSubcommand({ command: `${group} ${verb}`, group, choices }),
  );
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The options every list and many writes share, as fields of the input. */
export const paging = ({ options }: Call): { limit?: number; cursor?: string } => ({
  ...(typeof options.limit === 'number' ? { limit: options.limit } : {}),
  ...optional(options, 'cursor', 'cursor'),
});
export const actor = ({ options }: Call): { as?: string } => optional(options, 'as', 'as');

/** `{field: value}` if the option was given, otherwise nothing. */
export function optional<F extends string>(options: Options, name: string, field: F): { [K in F]?: string } {
  const value = textOption(options, name);
  return (value === undefined ? {} : { [field]: value }) as { [K in F]?: string };
}

export function wholeNumber(text: string, flag: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw usageFailure(({ cli }) => cli.errors.wholeNumber({ flag, value: text }));
  return Number(text);
}

/** The list as text, and how to see more of it. */
export function listOutcome<T>(
  words: Words,
  answer: { readonly items: readonly T[]; readonly next: string | null },
  text: (words: Words, items: readonly T[]) => string,
): Outcome {
  const more = answer.next === null ? '' : `\n${words.cli.more({ cursor: answer.next })}`;
  return { json: answer, text: text(words, answer.items) + more };
}
