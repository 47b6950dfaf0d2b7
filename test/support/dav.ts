import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { Actor, PrincipalBase, Scope } from '../../models/types.ts';
import { davHandler } from '../../protocols/dav/handler.ts';
import { TABLES } from '../../protocols/tables.ts';
import { child, childrenOf, elements, type XmlElement } from '../../protocols/xml/element.ts';
import { parseXml, XML_LIMITS } from '../../protocols/xml/parse.ts';
import { type TestApp, testApp } from './app.ts';
import { openTestDb } from './db.ts';
import { type Ask, type Told, tell, viewerOf } from './wire.ts';

/** The DAV side of a server on a real database, with the users `ann` and `bob`, without sockets. */
export interface TestDav {
  readonly app: TestApp;
  readonly ann: Actor;
  readonly bob: Actor;
  /** Asks as ann, unless `as` says otherwise. */
  ask(ask: Ask & { readonly as?: Actor; readonly base?: string }): Promise<Told>;
  close(): Promise<void>;
}

const EVERYTHING: Scope = { calendars: true, contacts: true, readOnly: false };

/** The actor a person is after signing in with a password. */
export function actorOf(person: PrincipalBase, scope: Scope = EVERYTHING): Actor {
  const { id, login, displayName, isAdmin } = person;
  return { kind: 'user', principal: id, login, displayName, isAdmin, scope, via: 'password', device: null };
}

/** Opens a temporary database with two users and the handler over it. */
export async function openTestDav(): Promise<TestDav> {
  const { db, close } = await openTestDb('sqlite');
  const app = testApp(db);
  const make = (login: string) =>
    createUser(app, SYSTEM_ACTOR, {
      login,
      displayName: `${login} Example`,
      email: `${login}@example.org`,
    });
  const [ann, bob] = [actorOf(await make('ann')), actorOf(await make('bob'))];
  const handler = davHandler(TABLES);
  return {
    app,
    ann,
    bob,
    ask: ({ as = ann, base = '', ...ask }) => tell(handler, viewerOf(app, as, base), ask),
    close: async () => {
      await app.rules.close();
      await close();
    },
  };
}

/** What a multistatus says of one href: properties by status, by expanded name. */
export interface Said {
  readonly status: number | null;
  readonly found: ReadonlyMap<string, XmlElement>;
  readonly missing: readonly string[];
  /** Statuses of the propstats in document order. */
  readonly order: readonly number[];
}

function statusOf(parent: XmlElement): number | null {
  const line = child(parent, '{DAV:}status')?.text;
  return line === undefined ? null : Number(/^HTTP\/1\.1 (\d+) \S/.exec(line)?.[1]);
}

/** Reads a multistatus body into what it says of each href, in order. */
export function readMultistatus(body: string): ReadonlyMap<string, Said> {
  const root = parseXml(Buffer.from(body), null, { ...XML_LIMITS, maxElements: 10_000_000 });
  const said = new Map<string, Said>();
  for (const response of childrenOf(root, '{DAV:}response')) {
    const found = new Map<string, XmlElement>();
    const missing: string[] = [];
    const order: number[] = [];
    for (const propstat of childrenOf(response, '{DAV:}propstat')) {
      const status = statusOf(propstat) ?? 0;
      order.push(status);
      const prop = child(propstat, '{DAV:}prop');
      for (const element of prop === undefined ? [] : elements(prop)) {
        if (status === 200) found.set(element.name, element);
        else missing.push(element.name);
      }
    }
    const href = child(response, '{DAV:}href')?.text ?? '';
    said.set(href, { status: statusOf(response), found, missing, order });
  }
  return said;
}

/** The condition of a `D:error` body. */
export function conditionOf(body: string): string | null {
  const root = parseXml(Buffer.from(body), null, XML_LIMITS);
  return root.name === '{DAV:}error' ? (elements(root)[0]?.name ?? null) : null;
}
