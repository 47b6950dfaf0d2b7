import type { App } from '../../models/app.ts';
import { findAnyUser, findUser, type UserRow } from '../../models/principals/service.ts';
import type { Actor, PrincipalBase } from '../../models/types.ts';
import { openApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { openLog } from '../log.ts';
import { EXIT, Stop } from './output.ts';

/** Whoever may run the command may do everything. */
export const SYSTEM: Actor = { kind: 'system' };

/** Opens the same database as the server, which may be running, does the work and closes it again. */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const config = readConfig();
  const log = openLog(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr);
  const opened = await openApp(config, log);
  try {
    return await work(opened.app);
  } finally {
    await opened.close();
  }
}

/** Finds a person by user name, disabled ones too. Throws `Stop` 4. */
export async function userNamed(app: App, login: string): Promise<UserRow> {
  const user = await findAnyUser(app, SYSTEM, login);
  if (user === null) throw new Stop(EXIT.notFound, `There is no user "${login}".`);
  return user;
}

/** Finds a person who may sign in. Throws `Stop` 4. */
export async function activeUser(app: App, login: string): Promise<PrincipalBase> {
  const user = await findUser(app.db, login);
  if (user === null) throw new Stop(EXIT.notFound, `There is no active user "${login}".`);
  return user;
}
