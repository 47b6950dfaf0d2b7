import { Fragment, type JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import { Button, PostForm } from '../parts/form.tsx';
import { Live, Sheet, Table } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext, WordKey } from '../site.ts';

/** A calendar, task list or address book with its whole address. */
export interface ListedAddress {
  readonly name: string;
  readonly address: string;
}

/** What is set up by hand. */
export interface HandData {
  readonly address: string;
  readonly login: string;
  /** The password that was just made; it is not known again. */
  readonly password: string | null;
  /** What the program is called in the list of devices. */
  readonly label: string;
  /** The program whose first sync is awaited. */
  readonly device: Device | null;
  /** For programs that want one address after the other; filled for `other`. */
  readonly addresses: readonly ListedAddress[];
}

interface Props {
  readonly ctx: PageContext;
  readonly data: HandData & { readonly tab: string };
}

interface ValueProps {
  readonly ctx: PageContext;
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

/** One value to copy or type. */
export function Value({ ctx, id, label, value }: ValueProps): JSX.Element {
  const { t } = ctx.words;
  return (
    <div>
      <dt>{label}</dt>
      <dd class="value">
        <code class="copyable" id={id}>
          {value}
        </code>
        <button
          type="button"
          class="button js-only"
          data-copy={id}
          title={t('connect.copy.this', { what: label })}
        >
          <Icon ctx={ctx} name="copy" />
          {t('connect.copy')}
        </button>
      </dd>
    </div>
  );
}

function Password({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.password !== null)
    return (
      <>
        <dl class="pairs">
          <Value ctx={ctx} id="value-password" label={t('connect.password')} value={data.password} />
        </dl>
        <p class="muted small">{t('connect.password.once')}</p>
      </>
    );
  const isNamed = data.tab === 'other';
  return (
    <PostForm
      ctx={ctx}
      action={`/connect?for=${data.tab}`}
      class="form"
      hidden={isNamed ? { for: data.tab } : { for: data.tab, label: data.label }}
    >
      {isNamed ? <Field ctx={ctx} name="label" label={t('connect.label.field')} value={data.label} /> : null}
      <p class="muted small">{t('connect.password.about')}</p>
      <div class="actions">
        <Button ctx={ctx} kind={data.tab === 'mac' ? 'plain' : 'primary'} icon="key">
          {t('connect.password.make')}
        </Button>
      </div>
    </PostForm>
  );
}

const PATIENCE_SECONDS = 90;

function syncLine({ ctx, data }: Props): JSX.Element {
  const { t, when } = ctx.words;
  const { device } = data;
  if (device === null) return <p class="muted">{t('connect.sync.none')}</p>;
  const { name, lastSyncUtc, state, createdUtc } = device;
  if (state === 'refused')
    return <Notice ctx={ctx} kind="warn" fact={t('connect.sync.refused', { device: name })} />;
  if (lastSyncUtc !== null) {
    const time = when(lastSyncUtc, ctx.timeZone, { timeStyle: 'medium' });
    return <Notice ctx={ctx} kind="ok" fact={t('connect.sync.done', { device: name, time })} />;
  }
  const isSlow = ctx.nowUtc - createdUtc >= PATIENCE_SECONDS;
  return (
    <>
      <p class="waiting">
        <Icon ctx={ctx} name="clock" />
        {t('connect.sync.waiting', { device: name })}
      </p>
      {isSlow ? (
        <Notice ctx={ctx} kind="note" fact={t('connect.slow')}>
          {t('connect.sync.slow')}
        </Notice>
      ) : null}
    </>
  );
}

function Values({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const title = data.tab === 'mac' ? 'connect.by-hand' : 'connect.values';
  return (
    <Sheet id="values" title={t(title)}>
      <dl class="pairs">
        <Value ctx={ctx} id="value-address" label={t('connect.address')} value={data.address} />
        <Value ctx={ctx} id="value-login" label={t('connect.login')} value={data.login} />
      </dl>
      <Password ctx={ctx} data={data} />
      <Live ctx={ctx} id="first-sync" topics={['device']} everySeconds={20} class="rows">
        {syncLine({ ctx, data })}
      </Live>
    </Sheet>
  );
}

function StepList({ ctx, steps }: { readonly ctx: PageContext; readonly steps: readonly WordKey[] }) {
  return (
    <ol class="steps">
      {steps.map((step) => (
        <li key={step}>
          <span>{ctx.words.t(step)}</span>
        </li>
      ))}
    </ol>
  );
}

const STEPS: Readonly<Record<string, readonly WordKey[]>> = {
  mac: ['connect.mac.1', 'connect.mac.2', 'connect.mac.3'],
  thunderbird: ['connect.thunderbird.1', 'connect.thunderbird.2'],
};

interface Fold {
  readonly title: WordKey;
  readonly icon: string;
  readonly steps: readonly WordKey[];
}

const FOLDS: readonly Fold[] = [
  { title: 'connect.gnome', icon: 'laptop', steps: ['connect.gnome.1', 'connect.gnome.2'] },
  { title: 'connect.outlook', icon: 'mail', steps: ['connect.outlook.1', 'connect.outlook.2'] },
  { title: 'connect.kde', icon: 'laptop', steps: ['connect.kde.1'] },
  { title: 'connect.ios', icon: 'phone', steps: ['connect.ios.1', 'connect.ios.2', 'connect.ios.3'] },
  { title: 'connect.davx5', icon: 'phone', steps: ['connect.davx5.1'] },
  { title: 'connect.any', icon: 'other', steps: ['connect.any.1'] },
];

function Folds({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  return (
    <div>
      {FOLDS.map(({ title, icon, steps }) => (
        <details class="fold" name="program" key={title}>
          <summary>
            <Icon ctx={ctx} name={icon} />
            {ctx.words.t(title)}
            <Icon ctx={ctx} name="down" />
          </summary>
          <StepList ctx={ctx} steps={steps} />
        </details>
      ))}
    </div>
  );
}

function MacProfile({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="mac-profile" title={t('connect.mac.title')}>
      <p>{t('connect.mac.text')}</p>
      <PostForm ctx={ctx} action="/connect/code" hidden={{ for: 'mac' }}>
        <Button ctx={ctx} kind="primary" icon="laptop">
          {t('connect.mac.button')}
        </Button>
      </PostForm>
    </Sheet>
  );
}

/** An address that may break after its slashes and nowhere else. */
function Breakable({ address }: { readonly address: string }): JSX.Element {
  const parts = address.split(/(?<=[^/:]\/)/);
  return (
    <code class="muted">
      {parts.map((part, at) => (
        <Fragment key={parts.slice(0, at + 1).join('')}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}

function Addresses({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="addresses" title={t('connect.list')}>
      {data.addresses.length === 0 ? (
        <p class="muted">{t('connect.list.none')}</p>
      ) : (
        <Table
          ctx={ctx}
          caption={t('connect.list')}
          heads={[t('connect.list.name'), t('connect.list.address')]}
          rows={data.addresses.map(({ name, address }) => ({
            key: address,
            cells: [name, <Breakable key="address" address={address} />],
          }))}
        />
      )}
    </Sheet>
  );
}

/** What to type into programs on computers, and where. */
export function HandSetup({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const steps = STEPS[data.tab];
  return (
    <>
      {data.tab === 'mac' ? <MacProfile ctx={ctx} /> : null}
      <div class="columns">
        <Values ctx={ctx} data={data} />
        <Sheet id="how" title={t('connect.how')}>
          {steps === undefined ? <Folds ctx={ctx} /> : <StepList ctx={ctx} steps={steps} />}
        </Sheet>
      </div>
      {data.tab === 'other' ? <Addresses ctx={ctx} data={data} /> : null}
    </>
  );
}
