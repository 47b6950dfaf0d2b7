import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { Field, FormToken, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** State of the sign-in page. */
export interface SignInData {
  readonly state:
    | { readonly kind: 'fresh' | 'first' | 'out' | 'wrong' | 'busy' }
    | { readonly kind: 'slow'; readonly seconds: number };
  readonly login: string;
  /** Path below the base path to go to afterwards. */
  readonly next: string;
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
            label={t('sign-in.login')}
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
          <button class="button primary tall" type="submit">
            {t('sign-in.submit')}
          </button>
        </form>
      </section>
    </Alone>
  );
}
