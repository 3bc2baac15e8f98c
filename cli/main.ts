import { operatorCommands, runOperator } from './operator.ts';
import { version } from './package-version.ts';

const args = process.argv.slice(2);
const [first] = args;

if (first === '--version' || first === '-V') {
  process.stdout.on('error', async (error) => {
    const { endForLostOutput } = await import('./terminal/lost-output.ts');
    endForLostOutput(error, (line) => void process.stderr.write(`${line}\n`));
  });
  process.stdout.write(`${version}\n`);
} else if (operatorCommands.some((name) => name === first)) {
  process.exit(await runOperator(args));
} else {
  const { runClient } = await import('./client-run.ts');
  process.exit(await runClient(args));
}
