import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { PostForm } from '../parts/form.tsx';
import { Field, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** What the invited person sees and did. */
export interface InviteData {
  readonly token: string;
  readonly name: string;
  readonly login: string;
  readonly server: string;
  readonly wrong: string | undefined;
}

/** Choosing a password by an invite link. */
export function InvitePage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: InviteData;
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t('invite.title', { name: data.name })}>
      <section class="sheet">
        <div class="head">
          <h1>{t('invite.title', { name: data.name })}</h1>
          <p class="muted">{t('invite.lead', { server: data.server })}</p>
        </div>
        <dl class="pairs">
          <dt>{t('setup.login')}</dt>
          <dd>
            <strong>{data.login}</strong>
          </dd>
        </dl>
        <PostForm ctx={ctx} action={`/invite/${encodeURIComponent(data.token)}`} class="form">
          <input
            type="text"
            class="unseen"
            autocomplete="username"
            value={data.login}
            tabIndex={-1}
            aria-hidden="true"
            readOnly
          />
          <Field
            ctx={ctx}
            name="password"
            label={t('invite.password')}
            type="password"
            hint={t('setup.password.hint')}
            wrong={data.wrong}
            autocomplete="new-password"
            hasFocus
          />
          <button class="button primary tall" type="submit">
            {t('invite.submit')}
          </button>
        </PostForm>
      </section>
    </Alone>
  );
}

/** Why an invite link does not work, and the one way on. */
export function InviteLinkPage({
  ctx,
  state,
}: {
  readonly ctx: PageContext;
  readonly state: 'over' | 'used' | 'unknown';
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t(`invite.${state}.title`)}>
      <section class="sheet">
        <h1>{t(`invite.${state}.title`)}</h1>
        <Notice ctx={ctx} kind="note" fact={t(`invite.${state}.text`)} />
        {state === 'used' ? (
          <a class="button primary tall" href={`${ctx.base}/sign-in`}>
            {t('sign-in.submit')}
          </a>
        ) : null}
      </section>
    </Alone>
  );
}
