import type { ComponentChildren, JSX } from 'preact';
import { FormToken, Icon, Mark } from './parts/parts.tsx';
import type { PageContext } from './site.ts';

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

/** A page for somebody who is signed in: navigation beside the content. */
export function Shell({ ctx, title, children }: ShellProps): JSX.Element {
  return (
    <Document ctx={ctx} title={title}>
      <div class="shell">
        <header class="side">
          <Brand ctx={ctx} />
          <nav class="nav" aria-label={ctx.words.t('nav.label')}>
            <a href={`${ctx.base}/`} aria-current="page">
              <Icon ctx={ctx} name="calendar" />
              {ctx.words.t('nav.home')}
            </a>
          </nav>
          <Person ctx={ctx} />
        </header>
        <main class="main" id="content">
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
