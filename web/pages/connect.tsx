import type { JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import { Shell } from '../layout.tsx';
import { DeviceTable } from '../parts/devices.tsx';
import { Button, PostForm } from '../parts/form.tsx';
import { Empty, Live, Sheet, Tabs } from '../parts/page.tsx';
import { Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { PhoneSetup, type Setup } from './connect-phone.tsx';
import { type HandData, HandSetup } from './connect-values.tsx';

/** Kinds of devices, in the order of their keys. */
export const CONNECT_TABS = ['iphone', 'mac', 'android', 'thunderbird', 'other'] as const;
/** One of `CONNECT_TABS`. */
export type ConnectTab = (typeof CONNECT_TABS)[number];

/** What the page shows. */
export interface ConnectData {
  readonly tab: ConnectTab;
  readonly https: 'ok' | 'local' | 'missing';
  /** Address of the server with a slash at its end. */
  readonly address: string;
  /** The code of the phone tabs; null elsewhere, and before it is asked for all the same without https. */
  readonly setup: Setup | null;
  /** True when profiles are signed. */
  readonly isSigned: boolean;
  /** Why no code or password was made, as the server said it. */
  readonly refused: string | null;
  readonly hand: HandData;
  readonly devices: readonly Device[];
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ConnectData;
}

function NoHttps({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const { tab, https } = data;
  if (https === 'ok') return null;
  const kind = tab === 'android' ? tab : 'iphone';
  const action =
    data.setup !== null || (tab !== 'iphone' && tab !== 'android') ? undefined : (
      <a class="button" href={`${ctx.base}/connect?for=${tab}&anyway=1`}>
        {t('connect.https.show')}
      </a>
    );
  return (
    <Notice ctx={ctx} kind="warn" fact={t('connect.https')} action={action}>
      {t(`connect.https.${kind}.${https}`)}
    </Notice>
  );
}

/** A device that does not get in, or was not heard of for days, with the way to set it up again. */
function Troubled({ ctx, devices }: { readonly ctx: PageContext; readonly devices: readonly Device[] }) {
  const { t, ago } = ctx.words;
  const found = devices
    .filter((device) => device.signsInWith === 'app-password')
    .filter(({ state }) => state === 'refused' || state === 'silent')
    .slice(0, 2);
  return (
    <>
      {found.map((device) => {
        const { id, name, state, lastSyncUtc } = device;
        const time = ago(lastSyncUtc ?? device.createdUtc, ctx.nowUtc);
        const isOff = state === 'refused';
        return (
          <Notice
            key={id}
            ctx={ctx}
            kind="warn"
            fact={
              isOff
                ? t('connect.devices.off', { device: name })
                : t('connect.devices.silent', { device: name, time })
            }
            action={
              <PostForm ctx={ctx} action="/connect/code" hidden={{ device: id }}>
                <Button ctx={ctx}>{t('connect.devices.renew', { device: name })}</Button>
              </PostForm>
            }
          >
            {t(isOff ? 'connect.devices.off.text' : 'connect.devices.silent.text')}
          </Notice>
        );
      })}
    </>
  );
}

function Devices({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Live ctx={ctx} id="devices" topics={['device']} class="rows">
      <Troubled ctx={ctx} devices={data.devices} />
      <Sheet id="devices-title" title={t('connect.devices')} aside={t('connect.devices.aside')}>
        {data.devices.length === 0 ? (
          <Empty text={t('connect.devices.none')} />
        ) : (
          <DeviceTable ctx={ctx} devices={data.devices} back={`/connect?for=${data.tab}`} />
        )}
      </Sheet>
    </Live>
  );
}

/** Get one device working: a code for phones, values to type for everything else, and the devices there are. */
export function ConnectPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { tab, setup, hand, isSigned, address, https } = data;
  const tabs = CONNECT_TABS.map((each, at) => ({
    href: `/connect?for=${each}`,
    label: t(`connect.tab.${each}`),
    isCurrent: each === tab,
    shortcut: String(at + 1),
  }));
  const isPhone = tab === 'iphone' || tab === 'android';
  return (
    <Shell
      ctx={ctx}
      title={t('connect.title')}
      lead={t(isPhone ? 'connect.lead' : 'connect.lead.hand')}
      nav="connect"
    >
      <Tabs ctx={ctx} label={t('connect.tabs')} tabs={tabs} />
      {data.refused === null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t('connect.refused')}>
          {data.refused}
        </Notice>
      )}
      {isPhone || (tab === 'mac' && https !== 'ok') ? <NoHttps ctx={ctx} data={data} /> : null}
      {isPhone && setup !== null ? (
        <PhoneSetup ctx={ctx} data={{ ...setup, tab, isSigned, address }} />
      ) : null}
      {isPhone ? null : <HandSetup ctx={ctx} data={{ ...hand, tab }} />}
      <Devices ctx={ctx} data={data} />
    </Shell>
  );
}
