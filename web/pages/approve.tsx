import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import { Button, Checkbox, PostForm, Segmented } from '../parts/form.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** What may be given to an app. */
export const APPROVE_WHAT = ['both', 'calendars', 'contacts'] as const;

/** An app that asks, or the answer it got. */
export interface ApproveData {
  readonly flow: string;
  readonly state: 'waiting' | 'allowed' | 'refused' | 'over' | 'unknown';
  /** `DAVx5`; empty when it did not say. */
  readonly app: string;
  /** `Pixel 8`; null when nobody tells. */
  readonly device: string | null;
  /** Whose calendars and contacts, as others call them. */
  readonly name: string;
  /** Of who is signed in; null where a code stands for that. */
  readonly login: string | null;
  /** What the device is called in the list. */
  readonly label: string | null;
  readonly what: (typeof APPROVE_WHAT)[number];
  readonly isReadOnly: boolean;
  readonly refused: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ApproveData;
}

function Options({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <details class="fold" open={data.what !== 'both' || data.isReadOnly}>
      <summary>
        {t('approve.options')}
        <Icon ctx={ctx} name="down" />
      </summary>
      <div class="form">
        <Segmented
          name="what"
          label={t('approve.what')}
          value={data.what}
          options={APPROVE_WHAT.map((value) => ({ value, label: t(`approve.what.${value}`) }))}
        />
        <Checkbox
          name="readonly"
          label={t('approve.readonly')}
          hint={t('approve.readonly.hint')}
          isChecked={data.isReadOnly}
        />
      </div>
    </details>
  );
}

function Ask({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { name, device, login } = data;
  const app = data.app === '' ? t('approve.app') : data.app;
  const sentence =
    device === null ? t('approve.ask', { app, name }) : t('approve.ask.on', { app, device, name });
  return (
    <>
      <h1>{t('approve.title', { app })}</h1>
      <p>{sentence}</p>
      {data.refused === null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t('approve.failed')}>
          {data.refused}
        </Notice>
      )}
      <PostForm ctx={ctx} action={`/login/approve/${data.flow}`} class="form">
        <div class="answers">
          <Button ctx={ctx} kind="primary" name="answer" value="allow">
            {t('approve.allow')}
          </Button>
          <Button ctx={ctx} name="answer" value="refuse">
            {t('approve.refuse')}
          </Button>
        </div>
        <Options ctx={ctx} data={data} />
      </PostForm>
      <p class="muted small">
        {t('approve.care')} {login === null ? null : t('approve.as', { login })}
      </p>
    </>
  );
}

function Answered({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const { state, label } = data;
  const app = data.app === '' ? t('approve.app') : data.app;
  if (state === 'waiting') return null;
  return (
    <div class={state === 'allowed' ? 'setup-end done' : 'setup-end'}>
      <Icon ctx={ctx} name={state === 'allowed' ? 'check' : state === 'over' ? 'clock' : 'stop'} />
      <h1>{t(`approve.${state}.title`, { app })}</h1>
      <p>{t(`approve.${state}.text`, { app })}</p>
      {state === 'allowed' && label !== null ? (
        <p class="muted small">{t('approve.allowed.remove', { device: label })}</p>
      ) : null}
    </div>
  );
}

/** Whether an app may come in; afterwards what became of it. */
export function ApprovePage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const app = data.app === '' ? t('approve.app') : data.app;
  const title = t(data.state === 'waiting' ? 'approve.title' : `approve.${data.state}.title`, { app });
  return (
    <Alone ctx={ctx} title={title}>
      <section class="sheet code">
        {data.state === 'waiting' ? <Ask ctx={ctx} data={data} /> : <Answered ctx={ctx} data={data} />}
      </section>
    </Alone>
  );
}
