import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command by its words, such as `acl grant`, what it is for, and what may be typed after it. */
type Row = { path: string; words: { word: string; meaning: string }[] };

/** A script that completes commands and options. Paths on this machine stay the shell's own business. */
export function completionScript(shell: Shell, program: Command): string {
  const rows = [...rowsOf(program, '')];
  switch (shell) {
    case 'bash':
      return bashScript(rows);
    case 'zsh':
      return zshScript(rows);
    case 'fish':
      return fishScript(rows);
  }
}

function* rowsOf(command: Command, path: string): Generator<Row> {
  const children = command.commands.map((child) => ({ word: child.name(), meaning: child.description() }));
  const options = command.options.flatMap(({ short, long, description }) =>
    [short, long].filter((flag) => flag != null).map((word) => ({ word, meaning: description })),
  );
  yield { path, words: [...children, ...options, { word: '--help', meaning: 'show help' }] };
  for (const child of command.commands)
    yield* rowsOf(child, path === '' ? child.name() : `${path} ${child.name()}`);
}

/** The lines that find out in `$path` which command is being typed. */
function caseLines(rows: readonly Row[], line: (row: Row) => string): string {
  return rows.map((row) => `    '${row.path}') ${line(row)} ;;`).join('\n');
}

function bashScript(rows: readonly Row[]): string {
  const paths = rows.map(({ path }) => path).filter((path) => path !== '');
  return `# bash completion for drey
_drey() {
  local word path='' candidate words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    candidate="\${path:+$path }$word"
    case "$candidate" in
      ${paths.map((path) => `'${path}'`).join('|')}) path="$candidate" ;;
    esac
  done
  case "$path" in
${caseLines(rows, ({ words }) => `words='${words.map(({ word }) => word).join(' ')}'`)}
  esac
  candidate="\${COMP_LINE:0:COMP_POINT}"
  case "\${candidate##* }" in
    # What lies on this machine is not what lies there.
    storage:*) compopt +o default +o bashdefault; COMPREPLY=() ;;
    *) COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")) ;;
  esac
}
complete -o default -o bashdefault -F _drey drey
`;
}

function zshScript(rows: readonly Row[]): string {
  const paths = rows.map(({ path }) => path).filter((path) => path !== '');
  const quote = (text: string) => text.replaceAll("'", "'\\''");
  const item = ({ word, meaning }: Row['words'][number]) =>
    `'${word}:${quote(meaning).replaceAll(':', '\\:')}'`;
  return `#compdef drey
# zsh completion for drey
_drey() {
  local word drey_path='' candidate
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    candidate="\${drey_path:+$drey_path }$word"
    case "$candidate" in
      ${paths.map((path) => `'${path}'`).join('|')}) drey_path="$candidate" ;;
    esac
  done
  case "$drey_path" in
${caseLines(rows, ({ words }) => `candidates=(${words.map(item).join(' ')})`)}
  esac
  _describe 'drey' candidates
  [[ -n $drey_path ]] && _files
}
if [ "$funcstack[1]" = "_drey" ]; then _drey "$@"; else compdef _drey drey; fi
`;
}

function fishScript(rows: readonly Row[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = rows.flatMap(({ path, words }) => {
    const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    const condition = path === '' ? '__fish_use_subcommand' : seen.join('; and ');
    return words.map(({ word, meaning }) => {
      const what = word.startsWith('--')
        ? `-l ${word.slice(2)}`
        : word.startsWith('-')
          ? `-s ${word.slice(1)}`
          : `-f -a ${word}`;
      return `complete -c drey -n ${quote(condition)} ${what} -d ${quote(meaning)}`;
    });
  });
  return `# fish completion for drey\n${lines.join('\n')}\n`;
}
