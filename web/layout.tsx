import type { ComponentChildren, JSX } from 'preact';
import { Button, PostForm } from './parts/form.tsx';
import { MassNotices } from './parts/notices.tsx';
import { FormToken, Icon, Mark } from './parts/parts.tsx';
import type { NavKey, PageContext, WordKey } from './site.ts';
import { ownStyle } from './styles.ts';

interface ShellProps {
  readonly ctx: PageContext;
  readonly title: string;
  /** Scripts of this page alone, by their names in the assets: `calendar-grid.js`. */
  readonly scripts?: readonly string[];
  readonly children: ComponentChildren;
}

/** Keys that lead to pages after `g`, and the words for them. */
const GO_KEYS: readonly (readonly [string, string, WordKey])[] = [
  ['o', '/', 'nav.overview'],
  ['c', '/calendar', 'nav.calendar'],
  ['k', '/contacts', 'nav.contacts'],
  ['p', '/admin/people', 'nav.people'],
  ['h', '/admin/health', 'nav.health'],
];

/** What the script of all pages must know: its words, and the pages that keys lead to. */
function scriptData(ctx: PageContext): string {
  const { t } = ctx.words;
  const isAdmin = ctx.person?.isAdmin === true;
  const go = GO_KEYS.filter(([, path]) => isAdmin || path === '/calendar' || path === '/contacts');
  return JSON.stringify({
    base: ctx.base,
    // Pages of strangers say nothing that differs from one second to the next.
    now: ctx.person === null ? null : ctx.nowUtc,
    hasKeys: ctx.person !== null && ctx.preferences.hasShortcuts,
    go: ctx.person === null ? [] : go.map(([key, path, word]) => [key, ctx.base + path, t(word)]),
    words: {
      show: t('script.show'),
      hide: t('script.hide'),
      copied: t('script.copied'),
      stale: t('script.stale'),
      refresh: t('script.refresh'),
      keys: t('script.keys'),
      close: t('script.close'),
      search: t('script.key.search'),
      move: t('script.key.move'),
      select: t('script.key.select'),
      open: t('script.key.open'),
      send: t('script.key.send'),
      help: t('script.key.help'),
      go: t('script.key.go'),
    },
  });
}

function Head({ ctx, title, scripts = [] }: Omit<ShellProps, 'children'>): JSX.Element {
  const { words, preferences } = ctx;
  const own = ownStyle(ctx.path);
  return (
    <head>
      <meta charset="utf-8" />
      <title>{`${title} · ${ctx.server?.name ?? words.t('app.name')}`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
      <meta name="color-scheme" content={preferences.theme ?? 'light dark'} />
      <link
        rel="preload"
        href={ctx.asset('inter-latin.woff2')}
        as="font"
        type="font/woff2"
        crossorigin="anonymous"
      />
      <link rel="stylesheet" href={ctx.asset('style.css')} />
      {own === null ? null : <link rel="stylesheet" href={ctx.asset(own)} />}
      <link rel="icon" href={ctx.asset('mark.svg')} type="image/svg+xml" />
      {['page.js', ...scripts].map((name) => (
        <script key={name} type="module" src={ctx.asset(name)} />
      ))}
    </head>
  );
}

function Document({ children, ...head }: ShellProps): JSX.Element {
  const { ctx } = head;
  const { words, preferences } = ctx;
  return (
    <html
      lang={words.language === 'qps' ? 'en-x-qps' : words.language}
      data-theme={preferences.theme ?? undefined}
      data-accent={ctx.server?.accent === 'green' ? undefined : ctx.server?.accent}
    >
      <Head {...head} />
      <body data-page={scriptData(ctx)}>
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
      {ctx.server?.name ?? ctx.words.t('app.name')}
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
      <a class="who" href={`${ctx.base}/account`}>
        <span class="initials" aria-hidden="true">
          {initials(person.displayName)}
        </span>
        <span>
          {person.displayName}
          <span class="muted small">{person.isAdmin ? words.t('role.admin') : person.login}</span>
        </span>
      </a>
      <form method="post" action={`${ctx.base}/sign-out`}>
        <FormToken ctx={ctx} />
        <button class="button quiet" type="submit" title={words.t('sign-out')}>
          <Icon ctx={ctx} name="sign-out" />
          <span class="unseen">{words.t('sign-out')}</span>
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

/** Pages of administrators; on phones they stand under More. */
export const SERVER_PAGES: readonly NavItem[] = [
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
    <div class="notice ok" role="status" tabIndex={-1} autofocus id="done">
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
export function Shell(props: PageProps): JSX.Element {
  const { ctx, title, nav, lead, actions, scripts = [], children } = props;
  return (
    <Document ctx={ctx} title={title} scripts={scripts}>
      <div class="shell">
        <header class="side">
          <Brand ctx={ctx} />
          <Navigation ctx={ctx} label="nav.yours" items={YOURS} current={nav} />
          {ctx.person?.isAdmin === true ? (
            <Navigation ctx={ctx} label="nav.server" items={SERVER_PAGES} current={nav} />
          ) : null}
          <Person ctx={ctx} />
        </header>
        <main class="main" id="content">
          <Result ctx={ctx} />
          {ctx.notices === undefined ? null : <MassNotices ctx={ctx} notices={ctx.notices} back={ctx.path} />}
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
export function Alone({ ctx, title, scripts = [], children }: ShellProps): JSX.Element {
  return (
    <Document ctx={ctx} title={title} scripts={scripts}>
      <div class="alone">
        <Brand ctx={ctx} />
        <main id="content">{children}</main>
      </div>
    </Document>
  );
}
