import type { Command } from 'commander';
import { backUp } from '../../models/doctor/service.ts';
import { readConfig } from '../config.ts';
import { SYSTEM } from './context.ts';
import { print, shown } from './output.ts';

/** Adds `backup`. */
export function addBackupCommand(program: Command): void {
  program
    .command('backup FILE')
    .description('write a copy of the database to a new file, also while the server runs (SQLite)')
    .addHelpText('after', '\nExample:\n  daybook backup backup.sqlite')
    .action((file: string) => {
      // The database is not brought up to date first: a copy before an upgrade is worth most.
      backUp(SYSTEM, readConfig().databaseUrl, file);
      print(`Everything was copied to ${shown(file)}. Keep it on another disk.`);
    });
}
