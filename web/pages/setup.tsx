import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { Field, FormToken, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

type FieldName = 'name' | 'password' | 'login' | 'email' | 'address';

/** What was typed, and what is wrong with it, by field. */
export interface SetupData {
  readonly token: string;
  readonly values: Readonly<Record<Exclude<FieldName, 'password'>, string>>;
  /** What the server said against it as a whole. */
  readonly refused: string | null;
  readonly wrong: Readonly<Partial<Record<FieldName, string>>>;
  readonly place: string;
  readonly address: string;
  /** Whether the address is said by the environment and cannot be changed here. */
  readonly isAddressFixed: boolean;
  readonly https: 'ok' | 'local' | 'missing';
}

interface Props {
  readonly ctx: PageContext;
  readonly data: SetupData;
}

function Address({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.isAddressFixed)
    return (
      <li>
        <Icon ctx={ctx} name="check" />
        <span>{t('setup.address', { address: data.address })}</span>
      </li>
    );
  return (
    <li>
      <Icon ctx={ctx} name="check" />
      <Field
        ctx={ctx}
        name="address"
        label={t('setup.address.label')}
        value={data.values.address}
        wrong={data.wrong.address}
        hasFocus={data.wrong.address !== undefined}
      />
    </li>
  );
}

function Facts({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const isFine = data.https === 'ok';
  return (
    <ul class="facts small">
      <li>
        <Icon ctx={ctx} name="check" />
        <span>{t('setup.where', { place: data.place })}</span>
      </li>
      <Address ctx={ctx} data={data} />
      <li class={isFine ? undefined : 'warn'}>
        <Icon ctx={ctx} name={isFine ? 'check' : 'warning'} />
        <span>{t(`setup.https.${data.https}`)}</span>
      </li>
    </ul>
  );
}

const FIELDS = ['name', 'password', 'login', 'email'] as const;

function More({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values, wrong } = data;
  const isOpen = [wrong.login, wrong.email].some((text) => text !== undefined);
  return (
    <details class="fold" open={isOpen || values.login !== '' || values.email !== ''}>
      <summary>
        {t('setup.more')}
        <Icon ctx={ctx} name="down" />
      </summary>
      <div class="form">
        <Field
          ctx={ctx}
          name="login"
          value={values.login}
          wrong={wrong.login}
          hasFocus={wrong.login !== undefined}
          isNeeded={false}
          label={t('setup.login')}
          hint={t('setup.login.made')}
          autocomplete="username"
        />
        <Field
          ctx={ctx}
          name="email"
          value={values.email}
          wrong={wrong.email}
          hasFocus={wrong.email !== undefined && wrong.login === undefined}
          label={t('setup.email.optional')}
          type="email"
          hint={t('setup.email.hint')}
          autocomplete="email"
          isNeeded={false}
        />
      </div>
    </details>
  );
}

function Fields({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values, wrong } = data;
  // Focus goes to the first thing to change, on a fresh form to the first field.
  const focused =
    FIELDS.find((name) => wrong[name] !== undefined) ?? (wrong.address === undefined ? 'name' : null);
  return (
    <>
      <Field
        ctx={ctx}
        name="name"
        value={values.name}
        wrong={wrong.name}
        hasFocus={focused === 'name'}
        label={t('setup.name')}
        autocomplete="name"
      />
      <Field
        ctx={ctx}
        name="password"
        label={t('setup.password')}
        type="password"
        hint={t('setup.password.hint')}
        wrong={wrong.password}
        autocomplete="new-password"
        hasFocus={focused === 'password'}
      />
      <More ctx={ctx} data={data} />
    </>
  );
}

/** The form that makes the first administrator. */
export function SetupPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t('setup.title')}>
      <section class="sheet">
        <div class="head">
          <h1>{t('setup.title')}</h1>
          <p class="muted">{t('setup.lead')}</p>
        </div>
        {data.refused === null ? null : (
          <Notice ctx={ctx} kind="bad" fact={t('setup.refused')}>
            {data.refused}
          </Notice>
        )}
        <form class="form" method="post" action={`${ctx.base}/setup`}>
          <FormToken ctx={ctx} />
          <input type="hidden" name="token" value={data.token} />
          <Fields ctx={ctx} data={data} />
          <Facts ctx={ctx} data={data} />
          {data.https === 'ok' ? null : (
            <p class="small">
              <a href={`${ctx.base}/setup/https`} target="_blank" rel="noopener">
                {t('setup.https.recipe')}
              </a>
            </p>
          )}
          <button class="button primary tall" type="submit">
            {t('setup.submit')}
          </button>
        </form>
      </section>
    </Alone>
  );
}

/** Why a set-up link does not work, and the one way on. */
export function SetupLinkPage({
  ctx,
  state,
}: {
  readonly ctx: PageContext;
  readonly state: 'over' | 'unknown' | 'done';
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t(`setup.${state}.title`)}>
      <section class="sheet">
        <h1>{t(`setup.${state}.title`)}</h1>
        <p>{t(`setup.${state}.text`)}</p>
        {state === 'unknown' ? null : (
          <a class="button primary tall" href={`${ctx.base}/sign-in`}>
            {t('sign-in.submit')}
          </a>
        )}
      </section>
    </Alone>
  );
}

/** How https is put in front of the server, to copy. */
export function HttpsPage({ ctx, host }: { readonly ctx: PageContext; readonly host: string }): JSX.Element {
  const { t } = ctx.words;
  const settings = `BASE_URL=https://${host}${ctx.base}/ TRUST_PROXY=loopback`;
  const caddy = `${host} {\n  reverse_proxy 127.0.0.1:8008\n}`;
  return (
    <Alone ctx={ctx} title={t('https.title')}>
      <section class="sheet">
        <h1>{t('https.title')}</h1>
        <p>{t('https.lead')}</p>
        <ol class="steps">
          <li>
            <span>{t('https.name')}</span>
          </li>
          <li>
            <div class="stack">
              <span>{t('https.caddy')}</span>
              <pre class="copyable">{caddy}</pre>
            </div>
          </li>
          <li>
            <div class="stack">
              <span>{t('https.settings')}</span>
              <pre class="copyable">{settings}</pre>
            </div>
          </li>
        </ol>
        <p class="muted small">{t('https.more')}</p>
      </section>
    </Alone>
  );
}
