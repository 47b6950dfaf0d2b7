import type { JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import type { Scope } from '../../models/types.ts';
import type { PageContext, WordKey } from '../site.ts';
import { Button, PostForm } from './form.tsx';
import { Table, Tag, Time } from './page.tsx';
import { Field } from './parts.tsx';

const REASONS: Readonly<Record<string, WordKey>> = {
  'removed-password': 'devices.reason.removed-password',
  'removed-device': 'devices.reason.removed-device',
  'expired-password': 'devices.reason.expired-password',
  'wrong-password': 'devices.reason.wrong-password',
  'unknown-name': 'devices.reason.unknown-name',
  disabled: 'devices.reason.disabled',
  slowed: 'devices.reason.slowed',
  'not-https': 'devices.reason.not-https',
};

/** Why something was refused, as the end of a sentence. */
export function reasonText({ words }: Pick<PageContext, 'words'>, reason: string | null): string {
  return words.t(REASONS[reason ?? ''] ?? 'devices.reason.status');
}

/** What a device says it is: "DAVx5 4.5 · Android 13"; empty when it said nothing. */
export function programText(device: Pick<Device, 'client' | 'clientVersion' | 'platform' | 'name'>): string {
  const { client, clientVersion, platform, name } = device;
  // Programs of an Apple system have no version of their own.
  if (clientVersion === null && platform !== null && /^(iOS|iPadOS|macOS|watchOS) /.test(platform))
    return platform;
  const program = clientVersion === null ? client : `${client} ${clientVersion}`;
  // A system names its version, and a program that is called by its own name needs no second mention.
  const parts = [program === name ? null : program, platform].filter((part) => part !== null);
  return parts.join(' · ');
}

/** What a device may do, in words. */
export function scopeText({ words }: Pick<PageContext, 'words'>, scope: Scope): string {
  const { calendars, contacts, readOnly } = scope;
  const what = words.t(
    calendars && contacts
      ? 'devices.both'
      : calendars
        ? 'devices.calendars'
        : contacts
          ? 'devices.contacts'
          : 'devices.nothing',
  );
  return readOnly && (calendars || contacts) ? words.t('devices.readonly', { what }) : what;
}

const TAGS = { new: 'quiet', 'in-sync': 'ok', quiet: 'quiet', silent: 'warn', refused: 'bad' } as const;

/** The state of a device as a word in colour. */
export function DeviceTag({
  ctx,
  device,
}: {
  readonly ctx: PageContext;
  readonly device: Device;
}): JSX.Element {
  if (device.removedUtc !== null && device.state !== 'refused')
    return <Tag kind="quiet">{ctx.words.t('devices.state.removed')}</Tag>;
  return <Tag kind={TAGS[device.state]}>{ctx.words.t(`devices.state.${device.state}`)}</Tag>;
}

interface ActionsProps {
  readonly ctx: PageContext;
  readonly device: Device;
  /** Path below the base path to come back to. */
  readonly back: string;
}

/** Rename and Remove, each with its second step. */
export function DeviceActions({ ctx, device, back }: ActionsProps): JSX.Element {
  const { t } = ctx.words;
  const { id, name } = device;
  const hidden = { id, back };
  const isProgram = device.signsInWith === 'password';
  return (
    <div class="device-actions">
      <details class="confirm plain">
        <summary class="button quiet">{t('devices.rename')}</summary>
        <PostForm ctx={ctx} action="/devices/rename" class="form" hidden={hidden}>
          <Field ctx={ctx} name={`name-${id}`} label={t('devices.rename.name')} value={name} />
          <Button ctx={ctx}>{t('devices.rename.save')}</Button>
        </PostForm>
      </details>
      <details class="confirm">
        <summary class="button quiet">{t('devices.remove')}</summary>
        <PostForm ctx={ctx} action="/devices/remove" class="form" hidden={hidden}>
          <p>{t(isProgram ? 'devices.remove.program' : 'devices.remove.text', { device: name })}</p>
          <Button ctx={ctx} kind="danger">
            {t('devices.remove.this', { device: name })}
          </Button>
        </PostForm>
      </details>
    </div>
  );
}

function NameCell({ ctx, device }: { readonly ctx: PageContext; readonly device: Device }): JSX.Element {
  const { t, when } = ctx.words;
  const program = programText(device);
  const added = t('devices.added', {
    date: when(device.createdUtc, ctx.timeZone, { day: 'numeric', month: 'short', year: 'numeric' }),
  });
  const how = device.signsInWith === 'password' ? t('devices.password') : added;
  return (
    <>
      <strong>{device.name}</strong>
      <span class="block muted small">{program === '' ? how : `${program} · ${how}`}</span>
    </>
  );
}

function StateCell({ ctx, device }: { readonly ctx: PageContext; readonly device: Device }): JSX.Element {
  const isOff = device.state === 'refused' || device.state === 'silent';
  return (
    <>
      <DeviceTag ctx={ctx} device={device} />
      {device.state === 'refused' ? (
        <span class="block muted small">{reasonText(ctx, device.refusal)}</span>
      ) : null}
      {isOff && ctx.person?.isAdmin === true ? (
        <a class="block small" href={`${ctx.base}/admin/health?device=${encodeURIComponent(device.id)}`}>
          {ctx.words.t('devices.why')}
        </a>
      ) : null}
    </>
  );
}

/** Devices of one person: name and program, what each may do, last sync, state, Rename and Remove. */
export function DeviceTable(props: {
  readonly ctx: PageContext;
  readonly devices: readonly Device[];
  /** Path below the base path where Rename and Remove come back to. */
  readonly back: string;
}): JSX.Element {
  const { ctx, devices, back } = props;
  const { t } = ctx.words;
  return (
    <Table
      ctx={ctx}
      caption={t('devices.caption')}
      heads={[t('devices.device'), t('devices.may'), t('devices.last'), t('devices.state'), '']}
      rows={devices.map((device) => ({
        key: device.id,
        cells: [
          <NameCell key="name" ctx={ctx} device={device} />,
          scopeText(ctx, device.scope),
          device.lastSyncUtc === null ? t('devices.never') : <Time ctx={ctx} utc={device.lastSyncUtc} />,
          <StateCell key="state" ctx={ctx} device={device} />,
          <DeviceActions key="actions" ctx={ctx} device={device} back={back} />,
        ],
      }))}
    />
  );
}
