import { AppError } from './contract/app-error.ts';
import { exitCodeOf } from './contract/exit-codes.ts';
import { loadConfig } from './config/settings.ts';
import { serve, serveUsage } from './commands/serve-command.ts';

const usage = `${serveUsage}

drey user | group | token | key …
  Manages users, groups, API tokens and the keys of links. More with --help after any of them.`;

async function run([command, ...args]: string[]): Promise<void> {
  switch (command) {
    case 'serve':
      if (args.includes('--help')) return void process.stdout.write(`${serveUsage}\n`);
      return serve(args, loadConfig());
    case 'user':
    case 'group':
    case 'token':
    case 'key':
      return (await import('./commands/operator-program.ts')).runOperatorCommand([command, ...args]);
    case '--help':
    case 'help':
      process.stdout.write(`${usage}\n`);
      return;
    default:
      throw new AppError('invalid', usage, { reason: 'usage' });
  }
}

function describe(error: unknown): { exitCode: number; message: string } {
  if (error instanceof AppError) {
    return { exitCode: error.reason === 'usage' ? 2 : exitCodeOf[error.code], message: error.message };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('commander.')) return { exitCode: 2, message: message.replace(/^error: /, '') };
  if (code?.startsWith('ERR_PARSE_ARGS')) return { exitCode: 2, message };
  if (code === 'EADDRINUSE')
    return { exitCode: 74, message: 'The port is in use. Set DREY_PORT to another one.' };
  if (code === 'EACCES' || code === 'ENOENT') return { exitCode: 74, message };
  return { exitCode: 70, message: (error as Error).stack ?? String(error) };
}

try {
  await run(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  // Help was asked for and has been printed.
  if ((error as { exitCode?: number }).exitCode === 0) process.exit(0);
  // It was shown because nothing was asked for.
  if ((error as { code?: string }).code === 'commander.help') process.exit(2);
  const { exitCode, message } = describe(error);
  process.stderr.write(`drey: ${message}\n`);
  process.exit(exitCode);
}
