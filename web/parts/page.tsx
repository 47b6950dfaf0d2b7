import type { ComponentChildren, JSX } from 'preact';
import type { Topic } from '../../models/app.ts';
import type { PageContext } from '../site.ts';
import { ButtonLink } from './form.tsx';

/** Parts that arrange and show: sheets, tables, tags, times, figures. */

interface SheetProps {
  /** Unique on the page; the heading's id. */
  readonly id: string;
  readonly title: string;
  /** At the right of the heading. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A white sheet with a heading. */
export function Sheet(props: SheetProps): JSX.Element {
  return (
    <section class={`sheet ${props.class ?? ''}`.trimEnd()} aria-labelledby={props.id}>
      <div class="sheet-head">
        <h2 id={props.id}>{props.title}</h2>
        {props.aside === undefined ? null : <div class="muted small">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  );
}

/** A row of a table. */
export interface Row {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
  /** Path below the base path that `Enter` opens. */
  readonly href?: string;
}

interface TableProps {
  readonly ctx: PageContext;
  /** Says what the table lists, for readers. */
  readonly caption: string;
  /** An empty text heads a column of actions. */
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
}

/** A real table; on phones each row becomes a block whose cells carry their heads. */
export function Table({ ctx, caption, heads, rows }: TableProps): JSX.Element {
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head === '' ? <span class="unseen">{ctx.words.t('table.actions')}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} data-href={row.href === undefined ? undefined : ctx.base + row.href}>
            {row.cells.map((cell, at) => (
              <td key={heads[at]} data-l={heads[at]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A word in colour: never the colour alone. */
export function Tag(props: {
  readonly kind: 'ok' | 'warn' | 'bad' | 'info' | 'quiet';
  readonly children: ComponentChildren;
}): JSX.Element {
  return <span class={`tag ${props.kind}`}>{props.children}</span>;
}

/** Nothing here yet: one sentence and the one useful action. */
export function Empty(props: { readonly text: string; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

/** How long ago something was, with the exact time in the title. */
export function Time({ ctx, utc }: { readonly ctx: PageContext; readonly utc: number }): JSX.Element {
  const iso = new Date(utc * 1000).toISOString();
  return (
    <time datetime={iso} title={ctx.words.exact(utc, ctx.timeZone)}>
      {ctx.words.ago(utc, ctx.nowUtc)}
    </time>
  );
}

/** A number that counts, and what it counts. */
export function Figure(props: {
  readonly value: string;
  readonly label: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <p class="figure">
      <strong>{props.value}</strong>
      <span>{props.label}</span>
      {props.children}
    </p>
  );
}

/** One of several views of a page. */
export interface Tab {
  /** Path below the base path. */
  readonly href: string;
  readonly label: string;
  readonly isCurrent: boolean;
  /** A key that opens it. */
  readonly shortcut?: string;
}

/** Views of one page as links side by side. */
export function Tabs(props: {
  readonly ctx: PageContext;
  readonly label: string;
  readonly tabs: readonly Tab[];
}): JSX.Element {
  return (
    <nav class="tabs" aria-label={props.label}>
      {props.tabs.map((tab) => (
        <a
          key={tab.href}
          href={props.ctx.base + tab.href}
          aria-current={tab.isCurrent ? 'page' : undefined}
          data-key={tab.shortcut}
        >
          {tab.label}
        </a>
      ))}
    </nav>
  );
}

/** On to the next and back to the previous part of a long list; paths below the base path. */
export function Pager(props: {
  readonly ctx: PageContext;
  readonly previous: string | null;
  readonly next: string | null;
}): JSX.Element | null {
  const { ctx, previous, next } = props;
  if (previous === null && next === null) return null;
  return (
    <nav class="pager" aria-label={ctx.words.t('pager.label')}>
      {previous === null ? null : (
        <ButtonLink ctx={ctx} href={previous}>
          {ctx.words.t('pager.previous')}
        </ButtonLink>
      )}
      {next === null ? null : (
        <ButtonLink ctx={ctx} href={next}>
          {ctx.words.t('pager.next')}
        </ButtonLink>
      )}
    </nav>
  );
}

/**
 * A part of the page that is asked for again when something of these topics moves, and every `everySeconds` where that is
 * given. Without scripts a link to the same page stands for it.
 */
export function Live(props: {
  /** Unique on the page and the same each time. */
  readonly id: string;
  readonly topics: readonly Topic[];
  readonly everySeconds?: number;
  readonly class?: string;
  /** For the link that stands for it without scripts. */
  readonly ctx?: PageContext;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { ctx } = props;
  return (
    <div id={props.id} class={props.class} data-live={props.topics.join(' ')} data-every={props.everySeconds}>
      {props.children}
      {ctx === undefined ? null : (
        <noscript>
          <a href={ctx.base + ctx.path}>{ctx.words.t('script.refresh')}</a>
        </noscript>
      )}
    </div>
  );
}

/** A share of a whole as a bar; the sentence says what the picture shows. */
export function Meter(props: {
  readonly share: number;
  readonly label: string;
  readonly kind?: 'ok' | 'warn' | 'bad';
}): JSX.Element {
  const width = Math.round(Math.max(0, Math.min(1, props.share)) * 100);
  return (
    <svg class={`meter ${props.kind ?? 'ok'}`} viewBox="0 0 100 6" preserveAspectRatio="none" role="img">
      <title>{props.label}</title>
      <rect class="track" width="100" height="6" />
      <rect class="fill" width={width} height="6" />
    </svg>
  );
}
