import type { ComponentChildren, JSX } from 'preact';
import { Button, PostForm } from '../parts/form.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext, WordKey } from '../site.ts';
import type { CodeData } from './code.tsx';
import { Value } from './connect-values.tsx';

interface Props {
  readonly ctx: PageContext;
  readonly data: CodeData;
}

/** The name of DAVx5 in the stores. */
const DAVX5 = 'at.bitfire.davdroid';
const STORES: readonly (readonly [WordKey, string])[] = [
  ['code.android.play', `https://play.google.com/store/apps/details?id=${DAVX5}`],
  ['code.android.fdroid', `https://f-droid.org/packages/${DAVX5}/`],
];

interface TallProps {
  readonly ctx: PageContext;
  readonly code: string;
  /** What is made: a profile, or values to type. */
  readonly as: 'profile' | 'values';
  readonly kind: 'primary' | 'plain';
  readonly icon: string;
  readonly children: ComponentChildren;
}

function Tall({ ctx, code, as, kind, icon, children }: TallProps): JSX.Element {
  return (
    <PostForm ctx={ctx} action={`/c/${code}`} class="tall-form" hidden={{ as }}>
      <Button ctx={ctx} kind={kind} icon={icon}>
        {children}
      </Button>
    </PostForm>
  );
}

function Values({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <div class="rows">
      <h2>{t('code.values.title')}</h2>
      <p class="muted small">{t('code.values.about')}</p>
      <dl class="pairs">
        <Value ctx={ctx} id="value-address" label={t('connect.address')} value={data.address} />
        <Value ctx={ctx} id="value-login" label={t('connect.login')} value={data.login} />
        <Value ctx={ctx} id="value-password" label={t('connect.password')} value={data.password ?? ''} />
      </dl>
    </div>
  );
}

/** A row of a drawing: a rounded field with text, marked where to tap. */
interface DrawnRow {
  readonly y: number;
  readonly text: string;
  readonly isMarked: boolean;
}

interface DrawingProps {
  readonly label: string;
  /** Texts at the left, in the middle and at the right of the top; the right one is where to tap. */
  readonly bar?: readonly [string, string, string];
  readonly rows: readonly DrawnRow[];
}

const ROW_HEIGHT = 34;

function Bar({ texts }: { readonly texts: readonly [string, string, string] }): JSX.Element {
  const [left, middle, right] = texts;
  return (
    <>
      <text x="16" y="30">
        {left}
      </text>
      <text class="strong" x="128" y="30" text-anchor="middle">
        {middle}
      </text>
      <g class="mark">
        <rect x="172" y="12" width="100" height="28" rx="7" />
        <text x="222" y="30" text-anchor="middle">
          {right}
        </text>
      </g>
    </>
  );
}

/** What to look for on the screen of the device, drawn in the colours of the page. */
function Drawing({ label, rows, bar }: DrawingProps): JSX.Element {
  const last = rows.at(-1)?.y ?? 0;
  return (
    <svg class="drawing" viewBox={`0 0 280 ${last + ROW_HEIGHT + 12}`} role="img">
      <title>{label}</title>
      <rect class="screen" x="0.5" y="0.5" width="279" height={last + ROW_HEIGHT + 11} rx="10" />
      {bar === undefined ? null : <Bar texts={bar} />}
      {rows.map(({ y, text, isMarked }) => (
        <g key={y} class={isMarked ? 'mark' : undefined}>
          <rect x="12" y={y} width="256" height={ROW_HEIGHT} rx="7" />
          {text === '' ? (
            <rect class="line" x="26" y={y + 14} width="96" height="6" rx="3" />
          ) : (
            <text x="26" y={y + 22}>
              {text}
            </text>
          )}
          {isMarked ? <path d={`M250 ${y + 11}l6 6-6 6`} /> : null}
        </g>
      ))}
    </svg>
  );
}

function drawings(ctx: PageContext): readonly DrawingProps[] {
  const { t } = ctx.words;
  const row = (at: number, text: string, isMarked = false) => ({ y: 12 + at * 42, text, isMarked });
  return [
    {
      label: t('code.draw.allow'),
      rows: [row(0, t('code.row.ignore')), row(1, t('code.row.allow'), true)],
    },
    {
      label: t('code.draw.downloaded'),
      rows: [row(0, ''), row(1, t('code.row.downloaded'), true), row(2, t('code.row.wifi'))],
    },
    {
      label: t('code.draw.install'),
      bar: [t('code.row.cancel'), t('code.row.profile'), t('code.row.install')],
      rows: [row(1, ''), row(2, '')],
    },
  ];
}

const TAPS = ['code.apple.1', 'code.apple.2', 'code.apple.3'] as const;
const CLICKS = ['code.apple.mac.1', 'code.apple.mac.2', 'code.apple.mac.3'] as const;

function Taps({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const isMac = data.variant === 'mac';
  const drawn = isMac ? [] : drawings(ctx);
  return (
    <div class="rows">
      <h2>{t(isMac ? 'code.apple.mac.how' : 'code.apple.how')}</h2>
      <ol class="steps">
        {(isMac ? CLICKS : TAPS).map((key, at) => {
          const drawing = drawn[at];
          return (
            <li key={key}>
              <strong>{t(key)}</strong>
              {drawing === undefined ? null : <Drawing {...drawing} />}
            </li>
          );
        })}
      </ol>
      <p>{t('code.apple.note')}</p>
      {data.isSigned ? null : <p class="muted small">{t('code.apple.plain')}</p>}
    </div>
  );
}

/** A profile to download, and the three taps that install it. */
export function ApplePart({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const isUsed = data.password !== null;
  return (
    <>
      {isUsed && !data.profileHasPassword ? (
        <>
          <p>{t('code.apple.asks')}</p>
          <dl class="pairs">
            <Value ctx={ctx} id="value-password" label={t('connect.password')} value={data.password ?? ''} />
          </dl>
        </>
      ) : null}
      {isUsed ? (
        <a class="button primary tall" href={`${ctx.base}/c/${data.code}/profile`}>
          <Icon ctx={ctx} name="download" />
          {t(data.profileHasPassword ? 'code.apple.again' : 'code.apple.button')}
        </a>
      ) : (
        <Tall ctx={ctx} code={data.code} as="profile" kind="primary" icon="download">
          {t('code.apple.button')}
        </Tall>
      )}
      <Taps ctx={ctx} data={data} />
    </>
  );
}

function Stores({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  return (
    <ul class="links">
      {STORES.map(([word, address]) => (
        <li key={address}>
          <a href={address} rel="noreferrer">
            <Icon ctx={ctx} name="download" />
            {ctx.words.t(word)}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Opens DAVx5, helps where it is missing, and has the values for who types. */
export function AndroidPart({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.password !== null)
    return (
      <>
        <Values ctx={ctx} data={data} />
        <a class="button tall" href={data.davx5}>
          {t('code.android.link')}
        </a>
      </>
    );
  return (
    <>
      {data.isMissing ? (
        <Notice ctx={ctx} kind="warn" fact={t('code.android.missing')} />
      ) : (
        <p>{t('code.android.about')}</p>
      )}
      <a class="button primary tall" href={data.intent}>
        <Icon ctx={ctx} name="phone" />
        {t('code.android.button')}
      </a>
      <ol class="steps">
        {(['code.android.1', 'code.android.2', 'code.android.3'] as const).map((key) => (
          <li key={key}>
            <strong>{t(key)}</strong>
          </li>
        ))}
      </ol>
      <div>
        <h2>{t('code.android.stores')}</h2>
        <Stores ctx={ctx} />
      </div>
      <details class="fold">
        <summary>
          {t('code.android.hand')}
          <Icon ctx={ctx} name="down" />
        </summary>
        <div class="rows">
          <p>{t('code.android.hand.text')}</p>
          <a class="button tall" href={data.davx5}>
            {t('code.android.link')}
          </a>
          <Tall ctx={ctx} code={data.code} as="values" kind="plain" icon="key">
            {t('code.values.button')}
          </Tall>
        </div>
      </details>
    </>
  );
}

/** The values to type, for devices that have neither profiles nor DAVx5. */
export function OtherPart({ ctx, data }: Props): JSX.Element {
  if (data.password !== null) return <Values ctx={ctx} data={data} />;
  return (
    <Tall ctx={ctx} code={data.code} as="values" kind="primary" icon="key">
      {ctx.words.t('code.values.button')}
    </Tall>
  );
}
