import { addExamples, type DefineCommand } from '../command-context.ts';

export const define: DefineCommand = (command, context) => {
  addExamples(command, [
    ['drey whoami', 'your name, and the server'],
    ['drey whoami --json | jq -r .home', 'for programs'],
  ]);
  command.option('--json', 'as JSON').action(async ({ json }: { json?: true }) => {
    const { terminal } = context;
    const api = await context.connect();
    const { user, cluster, home } = await api.getSession();
    const facts = { name: user.name, isAdmin: user.isAdmin, server: api.client.url, cluster, home };
    if (json) await terminal.printLine(JSON.stringify(facts, null, 2));
    else {
      await terminal.printLine(user.name);
      terminal.say(`on ${api.client.url}, cluster "${cluster}"${user.isAdmin ? ', administrator' : ''}`);
    }
  });
};
