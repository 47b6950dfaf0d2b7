import { parse } from 'csv-parse/sync';
import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { createInvite } from '../credentials/invitations.ts';
import { Refusal } from '../errors.ts';
import type { Actor, PrincipalId } from '../types.ts';
import { checkedDisplayName, checkedEmail } from './create.ts';
import { checkedLogin, foldLogin, loginsFor } from './login.ts';
import { createUser } from './service.ts';
import { allLogins } from './store.ts';

/** What is wrong with a row of a list of people. */
export type RowProblem =
  | 'name-missing'
  | 'name-bad'
  | 'login-bad'
  | 'login-taken'
  | 'login-twice'
  | 'email-bad';

/** A person to be added, as a row of the file says. */
export interface PlannedPerson {
  /** Of the file, from 1. */
  readonly line: number;
  readonly name: string;
  /** Given, or made from the name. */
  readonly login: string;
  readonly email: string | null;
  /** Null: the person can be added. */
  readonly problem: RowProblem | null;
}

/** A person who was added, with the link by which they choose a password. */
export interface InvitedPerson {
  readonly id: PrincipalId;
  readonly name: string;
  readonly login: string;
  readonly token: string;
  readonly expiresUtc: number;
}

const MAX_ROWS = 5000;
const MAX_CHARACTERS = 1024 * 1024;
const NAMES: Readonly<Record<'name' | 'login' | 'email', readonly string[]>> = {
  name: ['name', 'displayname', 'fullname', 'anzeigename'],
  login: ['login', 'username', 'user', 'benutzername', 'anmeldename'],
  email: ['email', 'mail', 'emailaddress', 'emailadresse'],
};

interface RawRow {
  readonly line: number;
  readonly fields: readonly string[];
}

function readRows(csv: string): readonly RawRow[] {
  if (csv.length > MAX_CHARACTERS) throw new Refusal(413, 'The list is longer than 1 MiB. Split it.');
  const head = csv.replace(/^\ufeff/, '').split(/\r?\n/, 1)[0] ?? '';
  const delimiter = [';', '\t'].find((candidate) => head.includes(candidate)) ?? ',';
  const rows: RawRow[] = [];
  try {
    parse(csv, {
      bom: true,
      delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record(record: readonly string[], { lines }) {
        rows.push({ line: lines, fields: record });
        return null;
      },
    });
    return rows;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : '';
    throw new Refusal(400, `The list cannot be read as CSV. ${reason}`);
  }
}

/** Reads names, logins and addresses by the heads of their columns. Throws `Refusal` 400 for a list without names. */
function readPeople(csv: string): readonly Omit<PlannedPerson, 'problem'>[] {
  const [head, ...rows] = readRows(csv);
  const heads = (head?.fields ?? []).map((text) => text.toLowerCase().replace(/[^\p{L}]/gu, ''));
  const at = (field: keyof typeof NAMES) => heads.findIndex((text) => NAMES[field].includes(text));
  const [name, login, email] = [at('name'), at('login'), at('email')];
  if (name < 0)
    throw new Refusal(
      400,
      'The first line names no column "name". Expected: name, login, email; only name is needed.',
    );
  if (rows.length === 0) throw new Refusal(400, 'The list has a head and no people below it.');
  if (rows.length > MAX_ROWS)
    throw new Refusal(413, `The list has ${rows.length} people; ${MAX_ROWS} are taken at a time.`);
  const field = (row: RawRow, column: number) => (row.fields[column] ?? '').normalize('NFC').trim();
  return rows.map((row) => ({
    line: row.line,
    name: field(row, name),
    login: field(row, login),
    email: field(row, email) || null,
  }));
}

const passes = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};

function problemOf(
  row: Omit<PlannedPerson, 'problem'>,
  taken: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): RowProblem | null {
  if (row.name === '') return 'name-missing';
  if (!passes(() => checkedDisplayName(row.name))) return 'name-bad';
  if (!passes(() => checkedLogin(row.login))) return 'login-bad';
  if (taken.has(foldLogin(row.login))) return 'login-taken';
  if (seen.has(foldLogin(row.login))) return 'login-twice';
  return passes(() => checkedEmail(row.email)) ? null : 'email-bad';
}

function loginFor(name: string, isFree: (login: string) => boolean): string {
  for (const login of loginsFor(name)) if (isFree(login)) return login;
  return '';
}

/** Judges every row of a list of people; nothing is saved. For administrators. Throws `Refusal` 400 and 413 for the list as a whole. */
export async function planPeople(
  app: Pick<App, 'db'>,
  actor: Actor,
  csv: string,
): Promise<readonly PlannedPerson[]> {
  requireAdmin(actor);
  const rows = readPeople(csv);
  const taken = await allLogins(app.db);
  const seen = new Set<string>();
  const given = new Set(rows.map((row) => foldLogin(row.login)));
  return rows.map((row) => {
    const isFree = (login: string) => !taken.has(login) && !seen.has(login) && !given.has(login);
    const login = row.login === '' && row.name !== '' ? loginFor(row.name, isFree) : row.login;
    const whole = { ...row, login };
    const problem = problemOf(whole, taken, seen);
    if (problem === null) seen.add(foldLogin(login));
    return { ...whole, problem };
  });
}

/** As many as one write of the database takes along well. */
const TOGETHER = 25;

/** Adds everybody of a list whose row has no problem, each with a link for 7 days. For administrators. */
export async function addPeople(
  app: Pick<App, 'db' | 'clock' | 'random'>,
  actor: Actor,
  csv: string,
): Promise<readonly InvitedPerson[]> {
  const planned = (await planPeople(app, actor, csv)).filter((row) => row.problem === null);
  const added: InvitedPerson[] = [];
  for (let at = 0; at < planned.length; at += TOGETHER) {
    const some = planned.slice(at, at + TOGETHER).map(async ({ name, login, email }) => {
      const { id } = await createUser(app, actor, { login, displayName: name, email });
      return { id, name, login, ...(await createInvite(app, actor, id)) };
    });
    added.push(...(await Promise.all(some)));
  }
  await audit(app, actor, { action: 'person.import', about: { count: added.length } });
  return added;
}
