import { operatorCommands, runOperator } from './operator.ts';

const args = process.argv.slice(2);
const [first] = args;

if (operatorCommands.some((name) => name === first)) {
  process.exit(await runOperator(args));
} else {
  const { runClient } = await import('./client-run.ts');
  process.exit(await runClient(args));
}
