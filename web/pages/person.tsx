import type { JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import type { Holding, Person } from '../../models/principals/people.ts';
import { Shell } from '../layout.tsx';
import { DeviceTable } from '../parts/devices.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Live, Sheet, Table, Tabs } from '../parts/page.tsx';
import { Field, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { Room, StateTag } from './people.tsx';

/** The views of a person. */
export const PERSON_TABS = ['devices', 'collections', 'limits', 'access'] as const;
/** One of them. */
export type PersonTab = (typeof PERSON_TABS)[number];

/** One person with what the chosen view shows. */
export interface PersonData {
  readonly person: Person;
  readonly tab: PersonTab;
  readonly devices: readonly Device[];
  readonly holdings: readonly Holding[];
  readonly sessions: number;
  /** Days for which a removed person can come back. */
  readonly trashDays: number;
  /** Whether it is the viewer's own account. */
  readonly isSelf: boolean;
  readonly wrong: Readonly<Partial<Record<'name' | 'email' | 'quota', string>>>;
  readonly refused: string | null;
  readonly values: Readonly<Record<'name' | 'email' | 'quota', string>>;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: PersonData;
}

const pathOf = (person: Pick<Person, 'id'>, end = '') =>
  `/admin/people/${encodeURIComponent(person.id)}${end}`;

function DevicesTab({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { person, devices } = data;
  return (
    <Sheet id="devices" title={t('person.devices')}>
      <Live ctx={ctx} id="person-devices" topics={['device']} everySeconds={60}>
        {devices.length === 0 ? (
          <Empty text={t('person.devices.none', { name: person.displayName })} />
        ) : (
          <DeviceTable ctx={ctx} devices={devices} back={pathOf(person)} />
        )}
      </Live>
    </Sheet>
  );
}

const ITEM_KEYS = { calendar: 'count.events', tasks: 'count.tasks', addressbook: 'count.contacts' } as const;

function CollectionsTab({ ctx, data }: Props): JSX.Element {
  const { t, n, size } = ctx.words;
  return (
    <Sheet id="collections" title={t('person.collections')} aside={t('person.collections.aside')}>
      <Table
        ctx={ctx}
        caption={t('person.collections')}
        heads={[t('people.name'), t('person.collections.items'), t('person.collections.size')]}
        rows={data.holdings.map((holding) => ({
          key: String(holding.id),
          cells: [
            <span key="n" class="stack-small">
              <strong>{holding.displayName}</strong>
              <span class="muted small">{t(`person.kind.${holding.kind}`)}</span>
            </span>,
            n(ITEM_KEYS[holding.kind], holding.items),
            size(holding.bytes),
          ],
        }))}
      />
    </Sheet>
  );
}

function LimitsTab({ ctx, data }: Props): JSX.Element {
  const { t, size } = ctx.words;
  const { person } = data;
  return (
    <Sheet id="limits" title={t('person.limits')} class="narrow">
      <p>{t('people.room', { used: size(person.usedBytes), allowed: size(person.allowedBytes) })}</p>
      <Room ctx={ctx} person={person} />
      <PostForm ctx={ctx} action={pathOf(person, '/limits')} class="form">
        <Field
          ctx={ctx}
          name="quota"
          label={t('person.quota')}
          value={data.values.quota}
          hint={t('person.quota.hint')}
          wrong={data.wrong.quota}
          hasFocus={data.wrong.quota !== undefined}
          isNeeded={false}
        />
        <Button ctx={ctx} kind="primary">
          {t('person.quota.save')}
        </Button>
      </PostForm>
    </Sheet>
  );
}

function Names({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { person, values, wrong } = data;
  return (
    <Sheet id="names" title={t('person.names')} class="own-height">
      <PostForm ctx={ctx} action={pathOf(person, '/names')} class="form">
        <Field
          ctx={ctx}
          name="name"
          label={t('people.name')}
          value={values.name}
          wrong={wrong.name}
          hasFocus={wrong.name !== undefined}
        />
        <Field
          ctx={ctx}
          name="email"
          type="email"
          label={t('setup.email.optional')}
          value={values.email}
          wrong={wrong.email}
          hasFocus={wrong.email !== undefined}
          isNeeded={false}
        />
        <Button ctx={ctx} kind="primary">
          {t('person.names.save')}
        </Button>
      </PostForm>
    </Sheet>
  );
}

interface ActionProps {
  readonly ctx: PageContext;
  readonly title: string;
  readonly text: string;
  readonly children: JSX.Element;
}

function Action({ title, text, children }: ActionProps): JSX.Element {
  return (
    <li class="action-row">
      <div>
        <strong>{title}</strong>
        <p class="muted small">{text}</p>
      </div>
      {children}
    </li>
  );
}

function SignInActions({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { person } = data;
  const name = person.displayName;
  return (
    <Sheet id="sign-in-actions" title={t('person.sign-in')}>
      <ul class="action-rows">
        <Action ctx={ctx} title={t('person.invite')} text={t('person.invite.text', { name })}>
          <PostForm ctx={ctx} action={pathOf(person, '/invite')}>
            <Button ctx={ctx}>{t('person.invite.new')}</Button>
          </PostForm>
        </Action>
        <Action ctx={ctx} title={t('person.sessions')} text={n('person.sessions.text', data.sessions)}>
          <PostForm ctx={ctx} action={pathOf(person, '/sign-out')}>
            <Button ctx={ctx}>{t('person.sessions.end')}</Button>
          </PostForm>
        </Action>
        <Action
          ctx={ctx}
          title={t('person.role')}
          text={t(person.isAdmin ? 'person.role.admin' : 'person.role.plain', { name })}
        >
          <ButtonLink ctx={ctx} href={pathOf(person, '/role')}>
            {t(person.isAdmin ? 'person.role.take' : 'person.role.give')}
          </ButtonLink>
        </Action>
      </ul>
    </Sheet>
  );
}

function Leaving({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { person } = data;
  const isDisabled = person.state === 'disabled';
  const name = person.displayName;
  return (
    <Sheet id="leaving" title={t('person.data')}>
      <ul class="action-rows">
        <Action
          ctx={ctx}
          title={t(isDisabled ? 'person.enable.title' : 'person.disable.title')}
          text={t(isDisabled ? 'person.enable.text' : 'person.disable.text', { name })}
        >
          <PostForm ctx={ctx} action={pathOf(person, isDisabled ? '/enable' : '/disable')}>
            <Button ctx={ctx}>{t(isDisabled ? 'person.enable' : 'person.disable', { name })}</Button>
          </PostForm>
        </Action>
        <Action ctx={ctx} title={t('person.export')} text={t('person.export.text')}>
          <ButtonLink ctx={ctx} href={pathOf(person, '/export')} icon="download">
            {t('person.export.do')}
          </ButtonLink>
        </Action>
        <Action
          ctx={ctx}
          title={t('person.remove')}
          text={t('person.remove.text', { days: ctx.words.number(data.trashDays) })}
        >
          <ButtonLink ctx={ctx} href={pathOf(person, '/remove')} kind="danger">
            {t('person.remove.named', { name })}
          </ButtonLink>
        </Action>
      </ul>
    </Sheet>
  );
}

function AccessTab({ ctx, data }: Props): JSX.Element {
  return (
    <div class="columns">
      <div class="rows">
        <SignInActions ctx={ctx} data={data} />
        <Leaving ctx={ctx} data={data} />
      </div>
      <Names ctx={ctx} data={data} />
    </div>
  );
}

const VIEWS = {
  devices: DevicesTab,
  collections: CollectionsTab,
  limits: LimitsTab,
  access: AccessTab,
} as const;

function Removed({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { person } = data;
  return (
    <Notice
      ctx={ctx}
      kind="warn"
      fact={t('person.removed', { name: person.displayName })}
      action={
        <PostForm ctx={ctx} action={pathOf(person, '/bring-back')}>
          <Button ctx={ctx}>{t('person.bring-back')}</Button>
        </PostForm>
      }
    >
      {t('person.removed.text', { days: ctx.words.number(data.trashDays) })}
    </Notice>
  );
}

/** One person: devices, collections, limits, access. */
export function PersonPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { person, tab } = data;
  const isRemoved = person.state === 'removed';
  const View = VIEWS[isRemoved ? 'collections' : tab];
  const parts = [person.login, ...(person.email === null ? [] : [person.email])];
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={person.displayName}
      lead={
        <span class="named plain">
          {parts.join(' · ')}
          <StateTag ctx={ctx} person={person} />
        </span>
      }
    >
      {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
      {isRemoved ? (
        <Removed ctx={ctx} data={data} />
      ) : (
        <Tabs
          ctx={ctx}
          label={person.displayName}
          tabs={PERSON_TABS.map((key) => ({
            href: key === 'devices' ? pathOf(person) : pathOf(person, `?tab=${key}`),
            label: t(`person.tab.${key}`),
            isCurrent: key === tab,
          }))}
        />
      )}
      <View ctx={ctx} data={data} />
    </Shell>
  );
}
