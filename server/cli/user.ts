import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import { setPassword } from '../../models/credentials/service.ts';
import { listHoldings, listPeople } from '../../models/principals/people.ts';
import {
  bringBackUser,
  createUser,
  listUsers,
  removeUser,
  setDisabled,
  type UserRow,
} from '../../models/principals/service.ts';
import { limitsNow } from '../../models/server/service.ts';
import type { PrincipalId } from '../../models/types.ts';
import { SYSTEM, userNamed, withApp } from './context.ts';
import { EXIT, print, printJson, Stop, shown, table } from './output.ts';
import { confirm, readPassword } from './password.ts';

interface AddOptions {
  readonly email?: string;
  readonly displayName?: string;
  readonly admin?: boolean;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

const date = (utc: number) => new Date(utc * 1000).toISOString().slice(0, 10);

function userJson(user: UserRow): object {
  const { id, login, displayName, email, isAdmin, createdUtc, disabledUtc } = user;
  return { id, login, displayName, email, isAdmin, createdUtc, disabledUtc };
}

async function add(app: App, login: string, options: AddOptions): Promise<void> {
  const password = await readPassword(options.passwordStdin ?? false);
  const user = await createUser(app, SYSTEM, {
    login,
    password,
    displayName: options.displayName ?? login,
    email: options.email ?? null,
    isAdmin: options.admin ?? false,
  });
  if (options.json) printJson(userJson(await userNamed(app, user.login)));
  else print(`${shown(user.login)} was added, with a calendar, a task list and an address book.`);
}

async function list(app: App, json: boolean): Promise<void> {
  const users = await listUsers(app, SYSTEM);
  if (json) {
    printJson(users.map(userJson));
    return;
  }
  const rows = users.map((user) => [
    shown(user.login),
    shown(user.displayName),
    shown(user.email ?? ''),
    user.isAdmin ? 'administrator' : 'person',
    user.disabledUtc === null ? 'active' : `disabled ${date(user.disabledUtc)}`,
    date(user.createdUtc),
  ]);
  print(
    users.length === 0
      ? 'There are no users yet.'
      : table([['NAME', 'SHOWN AS', 'EMAIL', 'ROLE', 'STATE', 'SINCE'], ...rows]),
  );
}

/** Says what goes, and asks; without a terminal `--yes` is needed. Throws `Stop` 2. */
async function remove(app: App, login: string, isSure: boolean): Promise<void> {
  const found = await userNamed(app, login);
  const holdings = await listHoldings(app, SYSTEM, found.id);
  const items = holdings.reduce((sum, holding) => sum + holding.items, 0);
  const what = `${shown(found.login)} with ${holdings.length} calendars and address books (${items} items)`;
  if (!isSure && !(await confirm(`Remove ${what}? Type the user name to go on: `, found.login)))
    throw new Stop(EXIT.usage, 'Nothing was removed. Give --yes to remove without being asked.');
  await removeUser(app, SYSTEM, found.id);
  const { trashDays } = await limitsNow(app);
  print(`${what} was removed. "daybook user bring-back ${found.id}" undoes it for ${trashDays} days.`);
}

/** The id of somebody who was removed, named by it or by the user name they had. Throws `Stop` 4. */
async function personIdOf(app: App, named: string): Promise<PrincipalId> {
  const { items } = await listPeople(app, SYSTEM, { state: 'removed', search: named, limit: 200 });
  const found = items.find((person) => person.id === named) ?? items.find((person) => person.login === named);
  if (found === undefined) throw new Stop(EXIT.notFound, `There is nobody "${named}" in the trash.`);
  return found.id;
}

async function toggle(login: string, isDisabled: boolean): Promise<void> {
  await withApp(async (app) => {
    const user = await userNamed(app, login);
    await setDisabled(app, SYSTEM, user.id, isDisabled);
    const state = isDisabled ? 'cannot sign in any more; everything is kept' : 'can sign in again';
    print(`${shown(user.login)} ${state}.`);
  });
}

function addChangeCommands(user: Command): void {
  user
    .command('disable NAME')
    .description('stop somebody from signing in; nothing is deleted')
    .action((login: string) => toggle(login, true));
  user
    .command('enable NAME')
    .description('let somebody sign in again')
    .action((login: string) => toggle(login, false));
  user
    .command('remove NAME')
    .description('remove somebody and everything they keep, after asking; it waits in the trash')
    .option('--yes', 'do not ask')
    .action((login: string, options: { readonly yes?: boolean }) =>
      withApp((app) => remove(app, login, options.yes ?? false)),
    );
  user
    .command('bring-back ID')
    .description('take somebody who was removed out of the trash, with everything they kept')
    .action((id: string) =>
      withApp(async (app) => {
        const person = await bringBackUser(app, SYSTEM, await personIdOf(app, id));
        print(`${shown(person.login)} is back, with the same passwords.`);
      }),
    );
  user
    .command('password NAME')
    .description('set a new password')
    .option('--password-stdin', 'read the password from standard input')
    .action((login: string, options: { readonly passwordStdin?: boolean }) =>
      withApp(async (app) => {
        const found = await userNamed(app, login);
        await setPassword(app, SYSTEM, found.id, await readPassword(options.passwordStdin ?? false));
        print(`The password of ${shown(found.login)} was changed.`);
      }),
    );
}

/** Adds `user add|list|disable|enable|remove|bring-back|password`. */
export function addUserCommands(program: Command): void {
  const user = program.command('user').description('add, list, change and remove people');
  user
    .command('add NAME')
    .description('add somebody, with a calendar, a task list and an address book')
    .option('--email <address>', 'their address, used for invitations')
    .option('--display-name <name>', 'the name others see')
    .option('--admin', 'may administer the server')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'print the new user as JSON')
    .addHelpText(
      'after',
      "\nExample:\n  echo 'correct horse battery' | daybook user add ann --email ann@example.org --password-stdin",
    )
    .action((login: string, options: AddOptions) => withApp((app) => add(app, login, options)));
  user
    .command('list')
    .description('list everybody')
    .option('--json', 'print JSON')
    .action((options: { readonly json?: boolean }) => withApp((app) => list(app, options.json ?? false)));
  addChangeCommands(user);
}
