import type { JSX } from 'preact';
import type { Holding, Person } from '../../models/principals/people.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Field, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** A step that names the person and asks once more. */
export interface ConfirmData {
  readonly person: Pick<Person, 'id' | 'displayName' | 'isAdmin' | 'devices'>;
  readonly holdings: readonly Holding[];
  readonly trashDays: number;
  /** Why the last try did nothing. */
  readonly wrong: string | undefined;
  readonly refused: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ConfirmData;
}

const pathOf = ({ person }: ConfirmData, end: string) =>
  `/admin/people/${encodeURIComponent(person.id)}${end}`;

function Password({ ctx, data }: Props): JSX.Element {
  return (
    <Field
      ctx={ctx}
      name="password"
      label={ctx.words.t('person.password')}
      type="password"
      wrong={data.wrong}
      autocomplete="current-password"
      hasFocus
    />
  );
}

function Cancel({ ctx, data }: Props): JSX.Element {
  return (
    <ButtonLink ctx={ctx} href={pathOf(data, '?tab=access')}>
      {ctx.words.t('cancel')}
    </ButtonLink>
  );
}

const ITEM_KEYS = { calendar: 'count.events', tasks: 'count.tasks', addressbook: 'count.contacts' } as const;

function WhatGoes({ ctx, data }: Props): JSX.Element {
  const { n, t } = ctx.words;
  return (
    <ul class="goes">
      {data.holdings.map((holding) => (
        <li key={holding.id}>
          {t('person.goes', { name: holding.displayName, items: n(ITEM_KEYS[holding.kind], holding.items) })}
        </li>
      ))}
      <li>{n('person.goes.devices', data.person.devices)}</li>
    </ul>
  );
}

/** The second step of removing a person. */
export function RemovePersonPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const name = data.person.displayName;
  const days = ctx.words.number(data.trashDays);
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={t('person.remove.title', { name })}
      lead={t('person.remove.lead', { name })}
    >
      <section class="sheet narrow">
        {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
        <WhatGoes ctx={ctx} data={data} />
        <p>{t('person.remove.after', { days })}</p>
        <PostForm ctx={ctx} action={pathOf(data, '/remove')} class="form">
          <Password ctx={ctx} data={data} />
          <div class="actions">
            <Button ctx={ctx} kind="danger">
              {t('person.remove.named', { name })}
            </Button>
            <Cancel ctx={ctx} data={data} />
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}

/** The step before somebody else's data is downloaded. */
export function ExportPersonPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const name = data.person.displayName;
  return (
    <Shell ctx={ctx} nav="people" title={t('person.export.title', { name })} lead={t('person.export.lead')}>
      <section class="sheet narrow">
        <WhatGoes ctx={ctx} data={data} />
        <PostForm ctx={ctx} action={pathOf(data, '/export')} class="form">
          <Password ctx={ctx} data={data} />
          <div class="actions">
            <Button ctx={ctx} kind="primary" icon="download">
              {t('person.export.do')}
            </Button>
            <Cancel ctx={ctx} data={data} />
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}

/** The step before a role changes. */
export function RolePage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { isAdmin, displayName: name } = data.person;
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={t(isAdmin ? 'person.role.take.title' : 'person.role.give.title', { name })}
      lead={t(isAdmin ? 'person.role.take.lead' : 'person.role.give.lead', { name })}
    >
      <section class="sheet narrow">
        {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
        <p>{t('person.role.sessions', { name })}</p>
        <PostForm
          ctx={ctx}
          action={pathOf(data, '/role')}
          hidden={{ role: isAdmin ? 'person' : 'administrator' }}
        >
          <div class="actions">
            <Button ctx={ctx} kind="primary">
              {t(isAdmin ? 'person.role.take' : 'person.role.give')}
            </Button>
            <Cancel ctx={ctx} data={data} />
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}
