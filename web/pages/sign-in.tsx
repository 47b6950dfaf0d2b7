import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { Button, Checkbox, PostForm } from '../parts/form.tsx';
import { Field, FormToken, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** State of the sign-in page. */
export interface SignInData {
  readonly state:
    | { readonly kind: 'fresh' | 'first' | 'out' | 'wrong' | 'busy' | 'disabled' }
    | { readonly kind: 'slow'; readonly seconds: number };
  readonly login: string;
  /** Path below the base path to go to afterwards. */
  readonly next: string;
  /** What was chosen about the device. */
  readonly isLasting: boolean;
}

function State({ ctx, data }: { readonly ctx: PageContext; readonly data: SignInData }): JSX.Element | null {
  const { t } = ctx.words;
  const { state } = data;
  if (state.kind === 'fresh') return null;
  if (state.kind === 'first') return <Notice ctx={ctx} kind="note" fact={t('sign-in.first')} />;
  if (state.kind === 'out') return <Notice ctx={ctx} kind="ok" fact={t('sign-in.out')} />;
  if (state.kind === 'slow')
    return (
      <Notice ctx={ctx} kind="warn" fact={t('sign-in.slow')}>
        {t('sign-in.slow.next', { seconds: state.seconds })}
      </Notice>
    );
  if (state.kind === 'busy')
    return (
      <Notice ctx={ctx} kind="warn" fact={t('sign-in.busy')}>
        {t('sign-in.busy.next')}
      </Notice>
    );
  if (state.kind === 'disabled')
    return (
      <Notice ctx={ctx} kind="bad" fact={t('sign-in.disabled')}>
        {t('sign-in.disabled.next')}
      </Notice>
    );
  return (
    <Notice ctx={ctx} kind="bad" fact={t('sign-in.wrong')}>
      {t('sign-in.wrong.next')}
    </Notice>
  );
}

/** Name and password. */
export function SignInPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: SignInData;
}): JSX.Element {
  const { t } = ctx.words;
  const isAgain = data.login !== '';
  return (
    <Alone ctx={ctx} title={t('sign-in.title')}>
      <section class="sheet">
        <h1>{t('sign-in.title')}</h1>
        <State ctx={ctx} data={data} />
        <form class="form" method="post" action={`${ctx.base}/sign-in`}>
          <FormToken ctx={ctx} />
          <input type="hidden" name="next" value={data.next} />
          <Field
            ctx={ctx}
            name="login"
            label={t('sign-in.name')}
            value={data.login}
            autocomplete="username"
            hasFocus={!isAgain}
          />
          <Field
            ctx={ctx}
            name="password"
            label={t('sign-in.password')}
            type="password"
            autocomplete="current-password"
            hasFocus={isAgain}
          />
          <Checkbox
            name="device"
            label={t('sign-in.device')}
            hint={t('sign-in.device.hint')}
            isChecked={data.isLasting}
          />
          <button class="button primary tall" type="submit">
            {t('sign-in.submit')}
          </button>
        </form>
      </section>
    </Alone>
  );
}

/** State of the page that asks for the password once more. */
export interface ProofData {
  readonly state:
    | { readonly kind: 'fresh' | 'wrong' | 'busy' }
    | { readonly kind: 'slow'; readonly seconds: number };
  readonly next: string;
}

function ProofState({ ctx, state }: { readonly ctx: PageContext; readonly state: ProofData['state'] }) {
  const { t } = ctx.words;
  if (state.kind === 'fresh') return null;
  if (state.kind === 'wrong') return <Notice ctx={ctx} kind="bad" fact={t('password.wrong')} />;
  const isSlow = state.kind === 'slow';
  return (
    <Notice ctx={ctx} kind="warn" fact={t(isSlow ? 'sign-in.slow' : 'sign-in.busy')}>
      {isSlow ? t('sign-in.slow.next', { seconds: state.seconds }) : t('sign-in.busy.next')}
    </Notice>
  );
}

/** The password once more, before something that cannot be taken lightly. */
export function ProofPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: ProofData;
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t('proof.title')}>
      <section class="sheet">
        <h1>{t('proof.title')}</h1>
        <p class="muted">{t('proof.lead', { name: ctx.person?.displayName ?? '' })}</p>
        <ProofState ctx={ctx} state={data.state} />
        <PostForm ctx={ctx} action="/sign-in/again" class="form" hidden={{ next: data.next }}>
          <input
            type="text"
            class="unseen"
            autocomplete="username"
            value={ctx.person?.login}
            tabIndex={-1}
            aria-hidden="true"
            readOnly
          />
          <Field
            ctx={ctx}
            name="password"
            label={t('sign-in.password')}
            type="password"
            autocomplete="current-password"
            hasFocus
          />
          <Button ctx={ctx} kind="primary">
            {t('proof.submit')}
          </Button>
        </PostForm>
        <a href={`${ctx.base}/`}>{t('cancel')}</a>
      </section>
    </Alone>
  );
}
