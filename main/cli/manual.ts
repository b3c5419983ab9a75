/** The manual page, in man(7) macros, from the same source as `--help`. */
import type { Words } from '../../shared/words/words.ts';
import { exitCodesText } from '../start/failure.ts';
import { type CommandOutline, everyCommand, type FlagOutline } from './outline.ts';

interface ManualFacts {
  readonly version: string;
  readonly examples: readonly string[];
}

export function manualPage(
  program: CommandOutline,
  words: Words,
  { version, examples }: ManualFacts,
): string {
  const { manual, title, usage, withoutCommand } = words.cliHelp;
  const [, ...below] = everyCommand(program);
  return [
    `.TH ${program.name.toUpperCase()} 1 "" "${program.name} ${escaped(version)}"`,
    section(manual.name),
    `${program.name} \\- ${escaped(program.meaning)}`,
    section(manual.synopsis),
    `.B ${program.name}`,
    escaped(usage.options),
    '.br',
    `.B ${program.name}`,
    escaped(`${usage.command} ${usage.options} [--json]`),
    section(manual.description),
    escaped(withoutCommand),
    section(title.options),
    ...program.flags.flatMap(item),
    section(title.commands),
    ...below.flatMap(({ path, command }) => [
      '.TP',
      `.B ${escaped([...path, ...command.args].join(' '))}`,
      escaped(command.meaning),
      ...command.flags
        .filter(({ names }) => !names.some((name) => shared.has(name)))
        .flatMap((flag) => ['.RS', ...item(flag), '.RE']),
    ]),
    section(title.exitCodes),
    '.nf',
    escaped(exitCodesText(words)),
    '.fi',
    section(title.examples),
    '.nf',
    ...examples.map(escaped),
    '.fi',
    '',
  ].join('\n');
}

/** Flags of every command. The manual lists them once, in its synopsis and among the program's own. */
const shared: ReadonlySet<string> = new Set(['--help', '--json', '--data-dir']);

const section = (title: string): string => `.SH "${escaped(title.replace(/:$/, '').toUpperCase())}"`;

const item = ({ spec, meaning }: FlagOutline): string[] => ['.TP', `.B ${escaped(spec)}`, escaped(meaning)];

/** A backslash, a hyphen, and a dot or quote at the start of a line have a meaning in troff. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(/^(?=[.'])/gm, '\\&');
