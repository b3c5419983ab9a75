/** The command line as data, for everything made from the same source as `--help`: completions and the manual page. */
import type { Command } from 'commander';

export interface FlagOutline {
  /** `--data-dir`, and `-V` if there is a short form. */
  readonly names: readonly string[];
  /** The option as the help shows it: `--data-dir <dir>`. */
  readonly spec: string;
  readonly meaning: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface CommandOutline {
  readonly name: string;
  /** `<url-or-name>`, as shown in the help. */
  readonly args: readonly string[];
  readonly meaning: string;
  readonly flags: readonly FlagOutline[];
  readonly commands: readonly CommandOutline[];
}

export function outlineOf(command: Command): CommandOutline {
  const help = command.createHelp();
  return {
    name: command.name(),
    args: command.registeredArguments.map((argument) => {
      const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${text}>` : `[${text}]`;
    }),
    meaning: command.description(),
    flags: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      spec: option.flags,
      meaning: help.optionDescription(option),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    commands: help
      .visibleCommands(command)
      .filter((below) => below.name() !== 'help')
      .map(outlineOf),
  };
}

export interface Reached {
  /** Commands from the program downward: `['peers', 'add']`; empty for the program itself. */
  readonly path: readonly string[];
  readonly command: CommandOutline;
}

/** The program and every command below it, parents first. */
export function everyCommand(command: CommandOutline, path: readonly string[] = []): Reached[] {
  return [
    { path, command },
    ...command.commands.flatMap((below) => everyCommand(below, [...path, below.name])),
  ];
}
