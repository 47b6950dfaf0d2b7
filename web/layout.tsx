import type { ComponentChildren, JSX } from 'preact';
import { Button, PostForm } from './parts/form.tsx';
import { FormToken, Icon, Mark } from './parts/parts.tsx';
import type { NavKey, PageContext, WordKey } from './site.ts';

interface ShellProps {
  readonly ctx: PageContext;
  readonly title: string;
  readonly children: ComponentChildren;
}

function Document({ ctx, title, children }: ShellProps): JSX.Element {
  const { words } = ctx;
  return (
    <html lang={words.language}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · ${words.t('app.name')}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href={ctx.asset('style.css')} />
        <link rel="icon" href={ctx.asset('mark.svg')} type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#content">
          {words.t('app.skip')}
        </a>
        {children}
      </body>
    </html>
  );
}

function Brand({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  return (
    <a class="brand" href={`${ctx.base}/`}>
      <Mark />
      {ctx.words.t('app.name')}
    </a>
  );
}

/** Up to two letters that stand for a person. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

function Person({ ctx }: { readonly ctx: PageContext }): JSX.Element | null {
  const { person, words } = ctx;
  if (person === null) return null;
  return (
    <div class="me">
      <div class="who">
        <span class="initials" aria-hidden="true">
          {initials(person.displayName)}
        </span>
        <span>
          {person.displayName}
          <span class="muted small">{person.isAdmin ? words.t('role.admin') : person.login}</span>
        </span>
      </div>
      <form method="post" action={`${ctx.base}/sign-out`}>
        <FormToken ctx={ctx} />
        <button class="button" type="submit">
          {words.t('sign-out')}
        </button>
      </form>
    </div>
  );
}

interface NavItem {
  readonly key: NavKey;
  readonly href: string;
  readonly icon: string;
  readonly word: WordKey;
}

const YOURS: readonly NavItem[] = [
  { key: 'connect', href: '/connect', icon: 'phone', word: 'nav.connect' },
  { key: 'calendar', href: '/calendar', icon: 'calendar', word: 'nav.calendar' },
  { key: 'contacts', href: '/contacts', icon: 'contacts', word: 'nav.contacts' },
  { key: 'import', href: '/import', icon: 'import', word: 'nav.import' },
  { key: 'more', href: '/more', icon: 'more', word: 'nav.more' },
];

const SERVER: readonly NavItem[] = [
  { key: 'overview', href: '/', icon: 'overview', word: 'nav.overview' },
  { key: 'people', href: '/admin/people', icon: 'people', word: 'nav.people' },
  { key: 'activity', href: '/admin/activity', icon: 'activity', word: 'nav.activity' },
  { key: 'health', href: '/admin/health', icon: 'health', word: 'nav.health' },
  { key: 'settings', href: '/admin/settings', icon: 'settings', word: 'nav.settings' },
];

interface NavProps {
  readonly ctx: PageContext;
  readonly label: WordKey;
  readonly items: readonly NavItem[];
  readonly current: NavKey | null;
}

function Navigation({ ctx, label, items, current }: NavProps): JSX.Element {
  return (
    <nav class="nav" aria-label={ctx.words.t(label)}>
      <p class="nav-title" aria-hidden="true">
        {ctx.words.t(label)}
      </p>
      {items.map((item) => (
        <a
          key={item.key}
          href={ctx.base + item.href}
          aria-current={item.key === current ? 'page' : undefined}
        >
          <Icon ctx={ctx} name={item.icon} />
          {ctx.words.t(item.word)}
        </a>
      ))}
    </nav>
  );
}

/** What the page before this one did, with the way back. */
function Result({ ctx }: { readonly ctx: PageContext }): JSX.Element | null {
  const { flash, words } = ctx;
  if (flash === null) return null;
  return (
    <div class="notice ok result" role="status" tabIndex={-1} id="result">
      <Icon ctx={ctx} name="check" />
      <div>
        <strong>{flash.text}</strong>
      </div>
      {flash.undo === undefined ? null : (
        <PostForm ctx={ctx} action={flash.undo.action} hidden={flash.undo.fields}>
          <Button ctx={ctx}>{words.t('undo')}</Button>
        </PostForm>
      )}
    </div>
  );
}

interface PageProps extends ShellProps {
  /** Which item of the navigation the page belongs to. */
  readonly nav: NavKey | null;
  /** One line below the title. */
  readonly lead?: ComponentChildren;
  /** Buttons at the right of the title. */
  readonly actions?: ComponentChildren;
}

/** A page for somebody who is signed in: navigation beside title, result of the last action and content. */
export function Shell({ ctx, title, nav, lead, actions, children }: PageProps): JSX.Element {
  return (
    <Document ctx={ctx} title={title}>
      <div class="shell">
        <header class="side">
          <Brand ctx={ctx} />
          <Navigation ctx={ctx} label="nav.yours" items={YOURS} current={nav} />
          {ctx.person?.isAdmin === true ? (
            <Navigation ctx={ctx} label="nav.server" items={SERVER} current={nav} />
          ) : null}
          <Person ctx={ctx} />
        </header>
        <main class="main" id="content">
          <Result ctx={ctx} />
          <div class="head">
            <div>
              <h1>{title}</h1>
              {lead === undefined ? null : <p class="muted">{lead}</p>}
            </div>
            {actions === undefined ? null : <div class="head-actions">{actions}</div>}
          </div>
          {children}
        </main>
      </div>
    </Document>
  );
}

/** A page with one thing on it: set-up, sign-in, errors. */
export function Alone({ ctx, title, children }: ShellProps): JSX.Element {
  return (
    <Document ctx={ctx} title={title}>
      <div class="alone">
        <Brand ctx={ctx} />
        <main id="content">{children}</main>
      </div>
    </Document>
  );
}
