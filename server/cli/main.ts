import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { Precondition, Refusal } from '../../models/errors.ts';
import { BadConfiguration, readConfig } from '../config.ts';
import { EXIT, fileTrouble, note, Stop } from './output.ts';

/** Folders between this file and package.json: two in the sources, three in a build. */
function readVersion(): string {
  for (const up of ['../../', '../../../']) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8');
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {}
  }
  return 'unknown';
}

const AFTER = `
Settings are environment variables such as HOST, PORT, BASE_URL, DATA_DIR and DATABASE_URL; docs/configuration.md has all.
Every command works while the server runs.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done, 4 not found, 5 bad configuration.`;

/** Commands are loaded when they are called: a start of the server needs none of them. */
async function program(words: readonly string[]): Promise<Command> {
  const root = new Command('daybook')
    .description('A contacts and calendar sync server: CardDAV and CalDAV for every client.')
    .version(readVersion())
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride()
    .addHelpText('after', AFTER);
  root
    .command('serve')
    .description('run the server until it is stopped')
    .action(async () => {
      const config = readConfig();
      const { serve } = await import('../main.ts');
      process.exitCode = await serve(config);
    });
  if (words[0] === 'serve') return root;
  const [{ addUserCommands }, { addImportCommand }, { addExportCommand }, { addDoctorCommand }, more] =
    await Promise.all([
      import('./user.ts'),
      import('./import.ts'),
      import('./export.ts'),
      import('./doctor.ts'),
      Promise.all([import('./collection.ts'), import('./backup.ts')]),
    ]);
  addUserCommands(root);
  addImportCommand(root);
  addExportCommand(root);
  const [{ addCollectionCommands }, { addBackupCommand }] = more;
  addCollectionCommands(root);
  addBackupCommand(root);
  addDoctorCommand(root);
  for (const command of root.commands) inherit(command);
  return root;
}

/** Subcommands end by an exception too, so that every way out has its exit code. */
function inherit(command: Command): void {
  command.exitOverride().showHelpAfterError('(--help shows how it is used)');
  for (const inner of command.commands) inherit(inner);
}

/** The exit code for what ended a command, after telling the person. */
function ended(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof BadConfiguration) {
    note(error.message);
    return EXIT.badConfiguration;
  }
  if (error instanceof Stop) {
    note(error.message);
    return error.exitCode;
  }
  if (error instanceof Refusal || error instanceof Precondition) {
    note(error.message);
    return error instanceof Refusal && error.status === 404 ? EXIT.notFound : EXIT.failed;
  }
  const trouble = fileTrouble(error);
  if (trouble !== null && error instanceof Error && 'path' in error) {
    note(`"${error.path}" cannot be used: ${trouble}.`);
    return EXIT.failed;
  }
  note(`Something went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.failed;
}

// Whoever reads our output may stop reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});

try {
  const words = process.argv.slice(2);
  await (await program(words)).parseAsync(words, { from: 'user' });
} catch (error) {
  process.exitCode = ended(error);
}
