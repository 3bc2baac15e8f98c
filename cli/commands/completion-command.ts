import { Argument } from 'commander';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { completionScript, shells, type Shell } from '../completion-script.ts';

export const define: DefineCommand = (command, { terminal }) => {
  command.addArgument(new Argument('<shell>').choices(shells));
  addExamples(command, [
    ['echo \'eval "$(drey completion bash)"\' >> ~/.bashrc', 'for bash'],
    ['drey completion zsh > "${fpath[1]}/_drey"', 'for zsh'],
    ['drey completion fish > ~/.config/fish/completions/drey.fish', 'for fish'],
  ]);
  command.action(async (shell: Shell) => {
    if (command.parent) await terminal.print(completionScript(shell, command.parent));
  });
};
