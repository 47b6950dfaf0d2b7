import type { JSX } from 'preact';
import type { SetupKind } from '../../models/onboarding/service.ts';
import { Alone } from '../layout.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { AndroidPart, ApplePart, OtherPart } from './code-parts.tsx';

/** What works on the device that reads the page. */
export type CodeVariant = 'apple' | 'mac' | 'android' | 'other';

/** The set-up page of a code that can be used, or was used on this very device. */
export interface CodeData {
  readonly code: string;
  readonly kind: SetupKind;
  readonly variant: CodeVariant;
  /** The person, as others call them. */
  readonly name: string;
  readonly serverName: string;
  readonly expiresUtc: number;
  readonly address: string;
  readonly login: string;
  /** Known once the code was used here. */
  readonly password: string | null;
  /** False: the device asks for the password. */
  readonly profileHasPassword: boolean;
  readonly isSigned: boolean;
  /** Opens DAVx5 with the code. */
  readonly intent: string;
  /** Opens DAVx5 without credentials. */
  readonly davx5: string;
  /** DAVx5 was asked for and is not there. */
  readonly isMissing: boolean;
  /** What the server said against using the code. */
  readonly refused: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: CodeData;
}

/** Which devices can do what a kind of code was made for. */
const FITS: Readonly<Record<SetupKind, readonly CodeVariant[]>> = {
  iphone: ['apple', 'mac'],
  mac: ['apple', 'mac'],
  android: ['android'],
};

function Wrong({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const { kind, variant } = data;
  if (FITS[kind].includes(variant)) return null;
  return (
    <Notice ctx={ctx} kind="warn" fact={t(`code.wrong.${kind}`)}>
      {t(`code.wrong.text.${variant === 'mac' ? 'apple' : variant}`)}
    </Notice>
  );
}

/** The page on the device itself: who and where, one button, and what comes after it. */
export function CodePage({ ctx, data }: Props): JSX.Element {
  const { t, when } = ctx.words;
  const title = t('code.title', { name: data.name });
  const time = when(data.expiresUtc, ctx.timeZone, { timeStyle: 'short' });
  return (
    <Alone ctx={ctx} title={title}>
      <section class="sheet code">
        <div>
          <h1>{title}</h1>
          <p class="muted">{t('code.on', { server: data.serverName })}</p>
        </div>
        <Wrong ctx={ctx} data={data} />
        {data.refused === null ? null : (
          <Notice ctx={ctx} kind="bad" fact={t('code.refused')}>
            {data.refused}
          </Notice>
        )}
        {data.variant === 'android' ? (
          <AndroidPart ctx={ctx} data={data} />
        ) : data.variant === 'other' ? (
          <OtherPart ctx={ctx} data={data} />
        ) : (
          <ApplePart ctx={ctx} data={data} />
        )}
        <p class="muted small">{t('code.left', { time })}</p>
      </section>
    </Alone>
  );
}

/** Why a code does not work, and the way on. */
export function CodeStatePage(props: {
  readonly ctx: PageContext;
  readonly state: 'unknown' | 'over' | 'used';
}): JSX.Element {
  const { ctx, state } = props;
  const { t } = ctx.words;
  return (
    <Alone ctx={ctx} title={t(`code.${state}.title`)}>
      <section class="sheet code">
        <Icon ctx={ctx} name={state === 'unknown' ? 'stop' : 'clock'} />
        <h1>{t(`code.${state}.title`)}</h1>
        <p>{t(`code.${state}.text`)}</p>
        <a class="button tall" href={`${ctx.base}/connect`}>
          {t('code.to')}
        </a>
      </section>
    </Alone>
  );
}
