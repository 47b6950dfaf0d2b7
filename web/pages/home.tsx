import { Fragment, type JSX } from 'preact';
import { Shell } from '../layout.tsx';
import type { WordKey } from '../locales/en.ts';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** One calendar, task list or address book as the page shows it. */
export interface ListedCollection {
  readonly displayName: string;
  /** `#RRGGBB`, null where no colour was chosen or it is not one. */
  readonly color: string | null;
  readonly isDefault: boolean;
  /** "12 events". */
  readonly items: string;
  readonly changedUtc: number;
  /** The whole address, for programs that ask for it. */
  readonly address: string;
}

export interface HomeData {
  readonly title: string;
  readonly lead: string;
  readonly isNew: boolean;
  readonly address: string;
  readonly https: 'ok' | 'local' | 'missing';
  readonly login: string;
  readonly nowUtc: number;
  readonly calendars: readonly ListedCollection[];
  readonly lists: readonly ListedCollection[];
  readonly books: readonly ListedCollection[];
}

interface HintRow {
  readonly icon: string;
  readonly title: WordKey;
  readonly steps: readonly WordKey[];
}

/** Where each program wants the address. */
const HINTS: readonly HintRow[] = [
  { icon: 'phone', title: 'client.ios', steps: ['client.ios.1', 'client.ios.2', 'client.ios.3'] },
  {
    icon: 'phone',
    title: 'client.android',
    steps: ['client.android.1', 'client.android.2', 'client.android.3'],
  },
  { icon: 'laptop', title: 'client.mac', steps: ['client.mac.1', 'client.mac.2', 'client.mac.3'] },
  { icon: 'mail', title: 'client.thunderbird', steps: ['client.thunderbird.1', 'client.thunderbird.2'] },
  { icon: 'laptop', title: 'client.gnome', steps: ['client.gnome.1', 'client.gnome.2'] },
  { icon: 'mail', title: 'client.outlook', steps: ['client.outlook.1', 'client.outlook.2'] },
  { icon: 'other', title: 'client.other', steps: ['client.other.1'] },
];

interface Props {
  readonly ctx: PageContext;
  readonly data: HomeData;
}

function Connect({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <section class="sheet" aria-labelledby="connect">
      <h2 id="connect">{t('connect.title')}</h2>
      <dl class="pairs">
        <div>
          <dt>{t('connect.address')}</dt>
          <dd>
            <code class="copyable">{data.address}</code>
          </dd>
        </div>
        <div>
          <dt>{t('connect.login')}</dt>
          <dd>
            <code class="copyable">{data.login}</code>
          </dd>
        </div>
        <div>
          <dt>{t('connect.password')}</dt>
          <dd>{t('connect.password.text')}</dd>
        </div>
      </dl>
      {data.https === 'ok' ? null : (
        <Notice ctx={ctx} kind="warn" fact={t('connect.https')}>
          {t(`connect.https.${data.https}`)}
        </Notice>
      )}
      <div class="folds">
        <h3>{t('connect.how')}</h3>
        <div>
          {HINTS.map((hint) => (
            <details class="fold" name="client" key={hint.title}>
              <summary>
                <Icon ctx={ctx} name={hint.icon} />
                {t(hint.title)}
                <Icon ctx={ctx} name="down" />
              </summary>
              <ol class="steps">
                {hint.steps.map((step) => (
                  <li key={step}>{t(step)}</li>
                ))}
              </ol>
            </details>
          ))}
        </div>
      </div>
    </section>
  );
}

/** An address that may break after its slashes and nowhere else. */
function Breakable({ address }: { readonly address: string }): JSX.Element {
  const parts = address.split(/(?<=[^/:]\/)/);
  return (
    <code class="muted">
      {parts.map((part) => (
        <Fragment key={part}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}

function Row({ ctx, data, row }: Props & { readonly row: ListedCollection }): JSX.Element {
  const { t, ago, exact } = ctx.words;
  return (
    <tr>
      <td>
        <span class="named">
          {row.color === null ? null : (
            <svg class="dot" viewBox="0 0 10 10" aria-hidden="true">
              <circle cx="5" cy="5" r="5" fill={row.color} />
            </svg>
          )}
          <span>
            {row.displayName} {row.isDefault ? <span class="tag">{t('tag.default')}</span> : null}
          </span>
        </span>
        <Breakable address={row.address} />
      </td>
      <td data-l={t('table.items')}>{row.items}</td>
      <td data-l={t('table.changed')}>
        <time dateTime={new Date(row.changedUtc * 1000).toISOString()} title={exact(row.changedUtc)}>
          {ago(row.changedUtc, data.nowUtc)}
        </time>
      </td>
    </tr>
  );
}

function List(
  props: Props & {
    readonly title: WordKey;
    readonly none: WordKey;
    readonly rows: readonly ListedCollection[];
  },
): JSX.Element {
  const { ctx, data, title, none, rows } = props;
  const { t } = ctx.words;
  return (
    <section class="sheet flush" aria-labelledby={title}>
      <h2 id={title}>{t(title)}</h2>
      {rows.length === 0 ? (
        <p class="muted">{t(none)}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t('table.name')}</th>
              <th scope="col">{t('table.items')}</th>
              <th scope="col">{t('table.changed')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row ctx={ctx} data={data} row={row} key={row.address} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A person's calendars, task lists and address books, and how to connect an app to them. */
export function HomePage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} title={data.title} lead={data.lead} nav={null}>
      {data.isNew ? <Notice ctx={ctx} kind="ok" fact={t('home.welcome')} /> : null}
      <div class="columns">
        <Connect ctx={ctx} data={data} />
        <div class="rows">
          <List
            ctx={ctx}
            data={data}
            title="list.calendars"
            none="list.none.calendars"
            rows={data.calendars}
          />
          <List ctx={ctx} data={data} title="list.lists" none="list.none.lists" rows={data.lists} />
          <List ctx={ctx} data={data} title="list.books" none="list.none.books" rows={data.books} />
        </div>
      </div>
    </Shell>
  );
}
