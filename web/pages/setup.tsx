import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { Field, FormToken, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** What was typed, and what is wrong with it, by field. */
export interface SetupData {
  readonly token: string;
  readonly values: { readonly name: string; readonly login: string; readonly email: string };
  /** What the server said against it as a whole. */
  readonly refused: string | null;
  readonly wrong: Readonly<Partial<Record<'name' | 'login' | 'email' | 'password', string>>>;
  readonly place: string;
  readonly address: string;
  readonly https: 'ok' | 'local' | 'missing';
}

interface Props {
  readonly ctx: PageContext;
  readonly data: SetupData;
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
      <li>
        <Icon ctx={ctx} name="check" />
        <span>{t('setup.address', { address: data.address })}</span>
      </li>
      <li class={isFine ? undefined : 'warn'}>
        <Icon ctx={ctx} name={isFine ? 'check' : 'warning'} />
        <span>{t(`setup.https.${data.https}`)}</span>
      </li>
    </ul>
  );
}

const FIELDS = ['name', 'login', 'email', 'password'] as const;

function Fields({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values, wrong } = data;
  // Focus goes to the first thing to change, on a fresh form to the first field.
  const focused = FIELDS.find((name) => wrong[name] !== undefined) ?? 'name';
  const common = (name: 'name' | 'login' | 'email') => ({
    ctx,
    name,
    value: values[name],
    wrong: wrong[name],
    hasFocus: focused === name,
  });
  return (
    <>
      <Field {...common('name')} label={t('setup.name')} autocomplete="name" />
      <Field
        {...common('login')}
        label={t('setup.login')}
        hint={t('setup.login.hint')}
        autocomplete="username"
      />
      <Field
        {...common('email')}
        label={t('setup.email')}
        type="email"
        hint={t('setup.email.hint')}
        autocomplete="email"
        isNeeded={false}
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
          <button class="button primary tall" type="submit">
            {t('setup.submit')}
          </button>
        </form>
      </section>
      <Facts ctx={ctx} data={data} />
    </Alone>
  );
}

/** Why a set-up link does not work, and the one way on. */
export function SetupLinkPage({
  ctx,
  state,
}: {
  readonly ctx: PageContext;
  readonly state: 'over' | 'unknown';
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t(`setup.${state}.title`)}>
      <section class="sheet">
        <h1>{t(`setup.${state}.title`)}</h1>
        <p>{t(`setup.${state}.text`)}</p>
        {state === 'over' ? (
          <a class="button primary tall" href={`${ctx.base}/sign-in`}>
            {t('sign-in.submit')}
          </a>
        ) : null}
      </section>
    </Alone>
  );
}
