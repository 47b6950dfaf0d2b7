import type { JSX } from 'preact';
import type { ApiToken, ListedSession } from '../../models/credentials/service.ts';
import type { Preferences } from '../../models/principals/preferences.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, Checkbox, PostForm, Segmented, Select } from '../parts/form.tsx';
import { Empty, Sheet, Table, Tag, Time } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { browserOf } from '../user-agent.ts';

type FieldName = 'name' | 'email' | 'old' | 'new' | 'token-name' | 'timeZone';

/** The account of the person who looks. */
export interface AccountData {
  readonly login: string;
  readonly values: { readonly name: string; readonly email: string };
  readonly preferences: Preferences;
  /** The zone of the browser or the machine, which holds until one is chosen. */
  readonly usualZone: string;
  readonly sessions: readonly ListedSession[];
  /** The session of this very page. */
  readonly here: string;
  readonly tokens: readonly ApiToken[];
  /** A token that was made just now. */
  readonly newToken: { readonly name: string; readonly token: string } | null;
  readonly wrong: Readonly<Partial<Record<FieldName, string>>>;
  readonly refused: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: AccountData;
}

function You({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="you" title={t('account.you')} aside={t('account.login', { login: data.login })}>
      <PostForm ctx={ctx} action="/account" class="form">
        <Field
          ctx={ctx}
          name="name"
          label={t('setup.name')}
          value={data.values.name}
          wrong={data.wrong.name}
          hasFocus={data.wrong.name !== undefined}
          autocomplete="name"
        />
        <Field
          ctx={ctx}
          name="email"
          type="email"
          label={t('setup.email.optional')}
          value={data.values.email}
          wrong={data.wrong.email}
          hasFocus={data.wrong.email !== undefined}
          isNeeded={false}
          autocomplete="email"
        />
        <Button ctx={ctx} kind="primary">
          {t('account.save')}
        </Button>
      </PostForm>
    </Sheet>
  );
}

function zones(chosen: string | null): readonly string[] {
  const all = Intl.supportedValuesOf('timeZone');
  return chosen === null || all.includes(chosen) ? all : [chosen, ...all];
}

function Pages({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { language, theme, timeZone, weekStart, hasShortcuts } = data.preferences;
  const usual = { value: '', label: t('account.usual') };
  return (
    <Sheet id="pages" title={t('account.pages')} class="own-height">
      <PostForm ctx={ctx} action="/account/pages" class="form">
        <Select
          name="language"
          label={t('account.language')}
          value={language ?? ''}
          options={[usual, { value: 'en', label: 'English' }, { value: 'de', label: 'Deutsch' }]}
        />
        <Segmented
          name="theme"
          label={t('account.theme')}
          value={theme ?? ''}
          options={[
            usual,
            { value: 'light', label: t('account.theme.light') },
            { value: 'dark', label: t('account.theme.dark') },
          ]}
        />
        <Select
          name="timeZone"
          label={t('account.zone')}
          value={timeZone ?? ''}
          options={[
            { value: '', label: t('account.zone.usual', { zone: data.usualZone }) },
            ...zones(timeZone).map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
          ]}
        />
        <Select
          name="weekStart"
          label={t('account.week')}
          value={weekStart === null ? '' : String(weekStart)}
          options={[
            usual,
            { value: '1', label: t('account.week.1') },
            { value: '6', label: t('account.week.6') },
            { value: '7', label: t('account.week.7') },
          ]}
        />
        <Checkbox
          name="hasShortcuts"
          label={t('account.keys')}
          hint={t('account.keys.hint')}
          isChecked={hasShortcuts}
        />
        <Button ctx={ctx}>{t('account.pages.save')}</Button>
      </PostForm>
    </Sheet>
  );
}

function Password({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="password-sheet" title={t('sign-in.password')}>
      <PostForm ctx={ctx} action="/account/password" class="form">
        <Field
          ctx={ctx}
          name="old"
          label={t('account.password.old')}
          type="password"
          wrong={data.wrong.old}
          hasFocus={data.wrong.old !== undefined}
          autocomplete="current-password"
        />
        <Field
          ctx={ctx}
          name="new"
          label={t('invite.password')}
          type="password"
          hint={t('setup.password.hint')}
          wrong={data.wrong.new}
          hasFocus={data.wrong.new !== undefined}
          autocomplete="new-password"
        />
        <p class="muted small">{t('account.password.effect')}</p>
        <Button ctx={ctx}>{t('account.password.save')}</Button>
      </PostForm>
    </Sheet>
  );
}

function sessionName(ctx: PageContext, session: ListedSession): string {
  const [browser, system] = browserOf(session.userAgent);
  const { t } = ctx.words;
  if (browser !== null && system !== null) return t('account.session.name', { browser, system });
  return browser ?? system ?? t('account.session.unknown');
}

function Sessions({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="sessions" title={t('account.sessions')} aside={t('account.sessions.aside')}>
      <Table
        ctx={ctx}
        caption={t('account.sessions')}
        heads={[t('account.session'), t('account.session.used'), '']}
        rows={data.sessions.map((session) => ({
          key: session.id,
          cells: [
            <span key="n" class="stack-small">
              <span class="named">
                {sessionName(ctx, session)}
                {session.id === data.here ? <Tag kind="ok">{t('account.session.here')}</Tag> : null}
              </span>
              <span class="muted small">
                {t(session.isLasting ? 'account.session.lasting' : 'account.session.short')}
              </span>
            </span>,
            <Time key="t" ctx={ctx} utc={session.lastUsedUtc} />,
            session.id === data.here ? null : (
              <PostForm key="e" ctx={ctx} action="/account/sessions/end" hidden={{ id: session.id }}>
                <Button ctx={ctx}>{t('sign-out')}</Button>
              </PostForm>
            ),
          ],
        }))}
      />
      {data.sessions.length < 2 ? null : (
        <PostForm ctx={ctx} action="/account/sessions/end-others">
          <Button ctx={ctx}>{t('account.sessions.end')}</Button>
        </PostForm>
      )}
    </Sheet>
  );
}

function NewToken({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  if (data.newToken === null) return null;
  return (
    <Notice
      ctx={ctx}
      kind="ok"
      fact={t('account.token.made', { name: data.newToken.name })}
      action={
        <button type="button" class="button js-only" data-copy="new-token">
          <Icon ctx={ctx} name="copy" />
          {t('account.token.copy')}
        </button>
      }
    >
      <p>{t('account.token.once')}</p>
      <code class="copyable" id="new-token">
        {data.newToken.token}
      </code>
    </Notice>
  );
}

function TokenTable({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.tokens.length === 0) return <Empty text={t('account.tokens.none')} />;
  return (
    <Table
      ctx={ctx}
      caption={t('account.tokens')}
      heads={[t('people.name'), t('account.token.may'), t('account.session.used'), '']}
      rows={data.tokens.map((token) => ({
        key: token.id,
        cells: [
          token.label,
          t(token.isReadOnly ? 'account.token.read' : 'account.token.all'),
          token.lastUsedUtc === null ? (
            <span key="u" class="muted">
              {t('account.token.unused')}
            </span>
          ) : (
            <Time key="u" ctx={ctx} utc={token.lastUsedUtc} />
          ),
          <PostForm key="r" ctx={ctx} action="/account/tokens/revoke" hidden={{ id: token.id }}>
            <Button ctx={ctx}>{t('account.token.revoke')}</Button>
          </PostForm>,
        ],
      }))}
    />
  );
}

function Tokens({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="tokens" title={t('account.tokens')} aside={t('account.tokens.aside')}>
      <NewToken ctx={ctx} data={data} />
      <TokenTable ctx={ctx} data={data} />
      <details class="fold" open={data.wrong['token-name'] !== undefined}>
        <summary>
          {t('account.token.new')}
          <Icon ctx={ctx} name="down" />
        </summary>
        <PostForm ctx={ctx} action="/account/tokens" class="form">
          <Field
            ctx={ctx}
            name="token-name"
            label={t('account.token.name')}
            hint={t('account.token.name.hint')}
            wrong={data.wrong['token-name']}
            hasFocus={data.wrong['token-name'] !== undefined}
          />
          <Segmented
            name="may"
            label={t('account.token.may')}
            value="read"
            options={[
              { value: 'read', label: t('account.token.read') },
              { value: 'all', label: t('account.token.all') },
            ]}
          />
          <Button ctx={ctx}>{t('account.token.make')}</Button>
        </PostForm>
      </details>
    </Sheet>
  );
}

/** Name, password, pages, sessions, tokens, and everything to take along. */
export function AccountPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell
      ctx={ctx}
      nav="more"
      title={t('account.title')}
      lead={t('account.lead')}
      actions={
        <ButtonLink ctx={ctx} href="/account/export" icon="download">
          {t('account.export')}
        </ButtonLink>
      }
    >
      {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
      <div class="columns">
        <div class="rows">
          <You ctx={ctx} data={data} />
          <Password ctx={ctx} data={data} />
        </div>
        <Pages ctx={ctx} data={data} />
      </div>
      <Sessions ctx={ctx} data={data} />
      <Tokens ctx={ctx} data={data} />
    </Shell>
  );
}
