/** Shell completion scripts. They are fixed texts: completing runs no program. */
import { type CommandOutline, everyCommand, type FlagOutline, type Reached } from './outline.ts';

export const completionShells = ['bash', 'zsh', 'fish'] as const;
type CompletionShell = (typeof completionShells)[number];

/** The script for `shell`: a table of what can follow each command, used by the shell's own completion. */
export function completionScript(program: CommandOutline, shell: CompletionShell): string {
  return writers[shell](program, everyCommand(program));
}

const writers: Record<CompletionShell, (program: CommandOutline, reached: readonly Reached[]) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const functionName = ({ name }: CommandOutline): string => `_${name.replaceAll('-', '_')}`;

const words = ({ command }: Reached): string[] => [
  ...command.commands.map(({ name }) => name),
  ...command.flags.flatMap(({ names }) => names),
];

/** Every flag that needs a value, so that its value is not mistaken for a command. */
const valueFlags = (reached: readonly Reached[]): string[] => [
  ...new Set(
    reached.flatMap(({ command }) =>
      command.flags.filter((flag) => flag.takesValue).flatMap(({ names }) => names),
    ),
  ),
];

/** Flags with a fixed set of values, such as `--log-level`, and those values. */
const choicesOf = (reached: readonly Reached[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    reached.flatMap(({ command }) =>
      command.flags
        .filter(({ choices }) => choices.length > 0)
        .flatMap(({ names, choices }) => names.map((name) => [name, choices] as const)),
    ),
  );

function bashScript(program: CommandOutline, reached: readonly Reached[]): string {
  const name = functionName(program);
  const cases = reached.map(
    (one) => `    ${quoted(one.path.join(' '))}) words=${quoted(words(one).join(' '))} ;;`,
  );
  const commands = reached.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const choices = [...choicesOf(reached)].map(
    ([flag, values]) =>
      `    ${flag}) COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$current")); return ;;`,
  );
  return `# bash completion for ${program.name}
${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' word words at
  case $previous in
${[...choices, `    ${valueFlags(reached).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;`].join('\n')}
  esac
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case "\${path:+$path }$word" in
      ${commands.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${name} ${program.name}
`;
}

function zshScript(program: CommandOutline, reached: readonly Reached[]): string {
  const name = functionName(program);
  const described = (word: string, meaning: string): string =>
    quoted(`${word.replaceAll(':', '\\:')}:${oneLine(meaning)}`);
  const cases = reached.map(({ path, command }) =>
    [
      `    ${quoted(path.join(' '))})`,
      `      commands=(${command.commands.map((below) => described(below.name, below.meaning)).join(' ')})`,
      `      flags=(${command.flags.flatMap((flag) => flag.names.map((each) => described(each, flag.meaning))).join(' ')})`,
      '      ;;',
    ].join('\n'),
  );
  const known = reached.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const choices = [...choicesOf(reached)].map(
    ([flag, values]) => `    ${flag}) compadd -- ${values.map(quoted).join(' ')}; return ;;`,
  );
  return `#compdef ${program.name}
# zsh completion for ${program.name}
${name}() {
  local path_so_far='' word
  local -a commands flags
  case $words[CURRENT-1] in
${[...choices, `    ${valueFlags(reached).join('|')}) _files; return ;;`].join('\n')}
  esac
  for word in $words[2,CURRENT-1]; do
    case "\${path_so_far:+$path_so_far }$word" in
      ${known.join('|')}) path_so_far="\${path_so_far:+$path_so_far }$word" ;;
    esac
  done
  case $path_so_far in
${cases.join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe 'option' flags
  else
    _describe 'command' commands
  fi
}
if [[ $funcstack[1] == ${name} ]]; then ${name} "$@"; else compdef ${name} ${program.name}; fi
`;
}

function fishScript(program: CommandOutline, reached: readonly Reached[]): string {
  const name = functionName(program);
  const known = reached.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const lines = reached.flatMap(({ path, command }) => {
    const when = quoted(`test (${name}_path) = ${doubleQuoted(path.join(' '))}`);
    const complete = `complete -c ${program.name} -n ${when}`;
    return [
      ...command.commands.map(
        (below) => `${complete} -f -a ${below.name} -d ${quoted(oneLine(below.meaning))}`,
      ),
      ...command.flags.map((flag) => `${complete} ${fishFlag(flag)} -d ${quoted(oneLine(flag.meaning))}`),
    ];
  });
  return `# fish completion for ${program.name}
function ${name}_path
  set -l so_far ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$so_far $word")
    contains -- $next ${known.join(' ')}; and set so_far $next
  end
  echo "$so_far"
end
complete -c ${program.name} -f
${lines.join('\n')}
`;
}

function fishFlag({ names, takesValue, choices }: FlagOutline): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  if (choices.length > 0) return [...spelled, '-x', '-a', quoted(choices.join(' '))].join(' ');
  return [...spelled, ...(takesValue ? ['-r', '-F'] : [])].join(' ');
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const doubleQuoted = (text: string): string => `"${text}"`;
