import type { JSX } from 'preact';
import type { SetupProgress } from '../../models/onboarding/service.ts';
import { Live } from '../parts/page.tsx';
import { FormToken, Icon, Notice } from '../parts/parts.tsx';
import { Qr } from '../parts/qr.tsx';
import type { PageContext, WordKey } from '../site.ts';

/** The code that is shown, and how far its device is. */
export interface Setup {
  /** Whole address of the set-up page. */
  readonly link: string;
  readonly code: string;
  readonly progress: SetupProgress;
  /** The page is read on a device of this kind. */
  readonly isHere: boolean;
}

/** What the phone tabs show. */
export interface PhoneData extends Setup {
  readonly tab: 'iphone' | 'android';
  readonly isSigned: boolean;
  readonly address: string;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: PhoneData;
}

/** The likely cause is told when the next step does not come for this long. */
const PATIENCE_SECONDS = 90;

/** A form with a button and a key of its own. */
function NewCode(props: Props & { readonly isPrimary: boolean; readonly label: WordKey }): JSX.Element {
  const { ctx, data, isPrimary, label } = props;
  return (
    <form method="post" action={`${ctx.base}/connect/code`}>
      <FormToken ctx={ctx} />
      <input type="hidden" name="for" value={data.tab} />
      <button class={`button ${isPrimary ? 'primary' : 'quiet'}`} type="submit" data-key="n">
        <Icon ctx={ctx} name="refresh" />
        {ctx.words.t(label)}
      </button>
    </form>
  );
}

const two = (value: number) => String(value).padStart(2, '0');

function Countdown({ ctx, untilUtc }: { readonly ctx: PageContext; readonly untilUtc: number }): JSX.Element {
  const left = Math.max(0, untilUtc - ctx.nowUtc);
  const [before = '', after = ''] = ctx.words.t('connect.left', { time: '\u0000' }).split('\u0000');
  return (
    <p class="muted small">
      {before}
      <span data-countdown={untilUtc}>{`${two(Math.floor(left / 60))}:${two(left % 60)}`}</span>
      {after}
    </p>
  );
}

const STEPS: Readonly<Record<PhoneData['tab'], readonly (readonly [WordKey, WordKey])[]>> = {
  iphone: [
    ['connect.step.scan', 'connect.step.scan.text'],
    ['connect.iphone.2', 'connect.iphone.2.text'],
    ['connect.iphone.3', 'connect.iphone.3.plain'],
  ],
  android: [
    ['connect.step.scan', 'connect.step.scan.text'],
    ['connect.android.2', 'connect.android.2.text'],
    ['connect.android.3', 'connect.android.3.text'],
  ],
};

function Steps({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <ol class="steps">
      {STEPS[data.tab].map(([title, text]) => (
        <li key={title}>
          <strong>{t(title)}</strong>
          <span class="muted small">
            {t(text === 'connect.iphone.3.plain' && data.isSigned ? 'connect.iphone.3.signed' : text)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Here({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <p class={data.isHere ? undefined : 'muted small'}>
      {t('connect.here', { what: t(`connect.what.${data.tab}`) })}{' '}
      <a href={`${ctx.base}/c/${data.code}`}>{t('connect.here.link')}</a>
    </p>
  );
}

function Code({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { progress, link } = data;
  return (
    <>
      {progress.deviceName === null ? null : <p>{t('connect.renew', { device: progress.deviceName })}</p>}
      <div class="setup">
        <div>
          <Qr text={link} label={t('connect.qr')} />
          <div class="setup-left">
            <Countdown ctx={ctx} untilUtc={progress.expiresUtc} />
            <NewCode ctx={ctx} data={data} isPrimary={false} label="connect.new" />
          </div>
        </div>
        <Steps ctx={ctx} data={data} />
      </div>
      <Here ctx={ctx} data={data} />
    </>
  );
}

/** What stands in the place of the code once it cannot be used any more. */
function Instead({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { progress } = data;
  const what = t(`connect.what.${data.tab}`);
  const isDone = progress.fetchedUtc !== null;
  const isOver = progress.usedUtc === null;
  const title = isDone
    ? t('connect.done.title', { device: progress.deviceName ?? what })
    : t(isOver ? 'connect.over.title' : 'connect.used.title');
  const text = isDone
    ? t('connect.done.text')
    : isOver
      ? t('connect.over.text')
      : t('connect.used.text', { what });
  return (
    <div class={isDone ? 'setup-end done' : 'setup-end'}>
      <Icon
        ctx={ctx}
        name={isDone ? 'check' : isOver ? 'clock' : data.tab === 'iphone' ? 'phone' : 'tablet'}
      />
      <strong>{title}</strong>
      <p class="muted">{text}</p>
      <NewCode
        ctx={ctx}
        data={data}
        isPrimary={isOver}
        label={isDone ? 'connect.done.again' : 'connect.new'}
      />
    </div>
  );
}

/** The likely cause when nothing comes; null while there is reason to wait. */
function causeOf({ ctx, data }: Props): string | null {
  const { t } = ctx.words;
  const { progress, tab, address } = data;
  const { createdUtc, openedUtc, usedUtc, signedInUtc, fetchedUtc, expiresUtc } = progress;
  if (fetchedUtc !== null || (usedUtc === null && expiresUtc <= ctx.nowUtc)) return null;
  const last = signedInUtc ?? usedUtc ?? openedUtc ?? createdUtc;
  if (ctx.nowUtc - last < PATIENCE_SECONDS) return null;
  const what = t(`connect.what.${tab}`);
  if (openedUtc === null) return t('connect.slow.opened', { what, address });
  if (usedUtc === null) return t(`connect.slow.used.${tab}`);
  if (signedInUtc === null) return t(`connect.slow.signed-in.${tab}`);
  return t(`connect.slow.fetched.${tab}`, { what });
}

function Waiting({ ctx, data }: Props): JSX.Element {
  const { t, when } = ctx.words;
  const { progress, tab } = data;
  const what = t(`connect.what.${tab}`);
  const rows = [
    ['connect.wait.opened', progress.openedUtc],
    ['connect.wait.signed-in', progress.signedInUtc],
    ['connect.wait.fetched', progress.fetchedUtc],
  ] as const;
  const next = rows.findIndex(([, utc]) => utc === null);
  const cause = causeOf({ ctx, data });
  const title =
    next === -1
      ? t('connect.done.title', { device: progress.deviceName ?? what })
      : t('connect.wait.title', { what });
  return (
    <section class="sheet" aria-labelledby="waiting">
      <h2 id="waiting">{title}</h2>
      <ol class="steps">
        {rows.map(([word, utc], at) => (
          <li key={word} class={utc === null ? undefined : 'done'}>
            <strong>{t(word)}</strong>
            <span class="muted small">
              {utc !== null
                ? when(utc, ctx.timeZone, { timeStyle: 'medium' })
                : at === next
                  ? t('connect.wait.waiting')
                  : t('connect.wait.later')}
            </span>
          </li>
        ))}
      </ol>
      {cause === null ? null : (
        <Notice ctx={ctx} kind="note" fact={t('connect.slow')}>
          {cause}
        </Notice>
      )}
    </section>
  );
}

/** The code for a phone with its three steps, beside what the phone has done so far. */
export function PhoneSetup({ ctx, data }: Props): JSX.Element {
  const { progress } = data;
  const isShown = progress.usedUtc === null && progress.expiresUtc > ctx.nowUtc;
  return (
    <Live ctx={ctx} id="setup" topics={['connect', 'device']} everySeconds={20} class="columns wide">
      <section class="sheet" aria-label={ctx.words.t('connect.code')}>
        {isShown ? <Code ctx={ctx} data={data} /> : <Instead ctx={ctx} data={data} />}
      </section>
      <Waiting ctx={ctx} data={data} />
    </Live>
  );
}
