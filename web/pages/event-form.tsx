import type { ComponentChildren, JSX } from 'preact';
import type { FieldName, FormValues, GroupName } from '../calendar/form.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, Checkbox, type Option, PostForm, Select, TextArea } from '../parts/form.tsx';
import { Tabs } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** Which dates a form is about. */
export type FormScope = 'one' | 'following' | 'all';

/** Both sides of a field that was changed here and elsewhere. */
export interface Clash {
  readonly group: GroupName;
  readonly label: string;
  readonly mine: string;
  readonly theirs: string;
  readonly keepsMine: boolean;
}

/** What the form of an event or task shows. */
export interface EventFormData {
  readonly isTask: boolean;
  readonly isNew: boolean;
  readonly title: string;
  /** Where the form goes, and where cancelling leads; below the base path. */
  readonly action: string;
  readonly back: string;
  readonly values: FormValues;
  readonly was: FormValues | null;
  readonly etag: string | null;
  readonly at: string | null;
  readonly scope: FormScope | null;
  readonly scopePaths: Readonly<Record<FormScope, string>> | null;
  readonly calendars: readonly Option[];
  readonly calendar: string;
  readonly zones: readonly string[];
  readonly reminders: readonly Option[];
  readonly weekdays: readonly Option[];
  /** The rule in words where the form does not show it. */
  readonly custom: boolean;
  readonly rest: string | null;
  readonly wrong: Partial<Record<FieldName, string>>;
  readonly refused: string | null;
  readonly clashes: readonly Clash[] | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: EventFormData;
}

interface DateTimeProps extends Props {
  readonly label: string;
  readonly date: 'startDate' | 'endDate' | 'dueDate';
  readonly time: 'startTime' | 'endTime' | 'dueTime';
  readonly isNeeded: boolean;
}

function DateTime({ ctx, data, label, date, time, isNeeded }: DateTimeProps): JSX.Element {
  const { t } = ctx.words;
  const wrong = data.wrong[date] ?? data.wrong[time];
  const described = wrong === undefined ? undefined : `${date}-wrong`;
  return (
    <div class="field" data-bad={wrong === undefined ? undefined : ''}>
      <fieldset class="when">
        <legend>{label}</legend>
        <label class="unseen" for={date}>
          {t('form.date', { label })}
        </label>
        <input
          type="date"
          id={date}
          name={date}
          value={data.values[date]}
          required={isNeeded}
          min="1901-01-01"
          max="2199-12-31"
          aria-invalid={wrong === undefined ? undefined : 'true'}
          aria-describedby={described}
          autofocus={wrong !== undefined}
        />
        <label class="unseen" for={time}>
          {t('form.time', { label })}
        </label>
        <input type="time" id={time} name={time} value={data.values[time]} class="clock" />
      </fieldset>
      {wrong === undefined ? null : (
        <p class="wrong" id={`${date}-wrong`}>
          <Icon ctx={ctx} name="stop" />
          {wrong}
        </p>
      )}
    </div>
  );
}

function ZoneField({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const known = new Set(data.zones);
  const { zone } = data.values;
  const options: Option[] = [
    ...(zone !== '' && zone !== 'UTC' && !known.has(zone) ? [{ value: zone, label: zone }] : []),
    ...data.zones.map((name) => ({ value: name, label: name.replaceAll('_', ' ') })),
    { value: 'UTC', label: t('form.zone.utc') },
    { value: '', label: t('form.zone.none') },
  ];
  return <Select name="zone" label={t('form.zone')} options={options} value={zone} />;
}

function Times({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.isTask)
    return (
      <>
        <DateTime
          ctx={ctx}
          data={data}
          label={t('task.due.label')}
          date="dueDate"
          time="dueTime"
          isNeeded={false}
        />
        <DateTime
          ctx={ctx}
          data={data}
          label={t('form.start')}
          date="startDate"
          time="startTime"
          isNeeded={false}
        />
        <ZoneField ctx={ctx} data={data} />
      </>
    );
  return (
    <>
      <Checkbox name="allDay" label={t('form.all-day')} isChecked={data.values.allDay === 'yes'} />
      <DateTime ctx={ctx} data={data} label={t('form.start')} date="startDate" time="startTime" isNeeded />
      <DateTime ctx={ctx} data={data} label={t('form.end')} date="endDate" time="endTime" isNeeded />
      <ZoneField ctx={ctx} data={data} />
    </>
  );
}

function EndOfRepeat({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values } = data;
  const wrong = data.wrong.repeat;
  return (
    <div class="pair">
      <Select
        name="ends"
        label={t('form.ends')}
        value={values.ends}
        options={[
          { value: 'never', label: t('form.ends.never') },
          { value: 'until', label: t('form.ends.until') },
          { value: 'count', label: t('form.ends.count') },
        ]}
      />
      <div class="field ends-until">
        <label for="until">{t('form.until')}</label>
        <input
          type="date"
          id="until"
          name="until"
          value={values.until}
          autofocus={wrong !== undefined}
          aria-invalid={wrong === undefined ? undefined : 'true'}
        />
      </div>
      <div class="field ends-count">
        <label for="count">{t('form.count')}</label>
        <input type="number" id="count" name="count" min="1" max="9999" value={values.count} />
      </div>
      {wrong === undefined ? null : (
        <p class="wrong" id="repeat-wrong">
          <Icon ctx={ctx} name="stop" />
          {wrong}
        </p>
      )}
    </div>
  );
}

function RepeatMore({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values } = data;
  const chosen = new Set(values.weekdays.split(','));
  return (
    <div class="repeat-more">
      <div class="field">
        <label for="interval">{t('form.interval')}</label>
        <input
          type="number"
          id="interval"
          name="interval"
          min="1"
          max="999"
          value={values.interval}
          aria-describedby="interval-hint"
        />
        <p class="hint" id="interval-hint">
          {t('form.interval.hint')}
        </p>
      </div>
      <fieldset class="weekdays">
        <legend>{t('form.weekdays')}</legend>
        <div>
          {data.weekdays.map((day) => (
            <label key={day.value}>
              <input type="checkbox" name="weekday" value={day.value} checked={chosen.has(day.value)} />
              <span>{day.label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="monthly-by">
        <Select
          name="monthlyBy"
          label={t('form.monthly')}
          value={values.monthlyBy}
          options={[
            { value: 'date', label: t('form.monthly.date') },
            { value: 'weekday', label: t('form.monthly.weekday') },
            { value: 'last', label: t('form.monthly.last') },
          ]}
        />
      </div>
      <EndOfRepeat ctx={ctx} data={data} />
    </div>
  );
}

function Repeat({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const { values } = data;
  if (data.scope === 'one') return null;
  return (
    <fieldset class="repeat">
      <Select
        name="repeat"
        label={t('event.repeat')}
        value={values.repeat}
        options={[
          { value: 'none', label: t('form.repeat.none') },
          { value: 'day', label: t('form.repeat.day') },
          { value: 'week', label: t('form.repeat.week') },
          { value: 'month', label: t('form.repeat.month') },
          { value: 'year', label: t('form.repeat.year') },
          ...(data.custom ? [{ value: 'custom', label: t('form.repeat.custom') }] : []),
        ]}
      />
      <RepeatMore ctx={ctx} data={data} />
    </fieldset>
  );
}

function TaskState({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  if (!data.isTask) return null;
  const levels = ['0', '1', '5', '9'];
  const own = data.values.priority;
  const options = [...levels, ...(levels.includes(own) ? [] : [own])].sort((a, b) => Number(a) - Number(b));
  const names = {
    '0': 'task.priority.none',
    '1': 'task.priority.high',
    '5': 'task.priority.medium',
  } as const;
  const label = (level: string) =>
    level === '0' || level === '1' || level === '5'
      ? t(names[level])
      : level === '9'
        ? t('task.priority.low')
        : level;
  return (
    <div class="pair">
      <Select
        name="priority"
        label={t('task.priority')}
        value={own}
        options={options.map((value) => ({ value, label: label(value) }))}
      />
      <div class="field">
        <label for="percent">{t('task.percent')}</label>
        <input type="number" id="percent" name="percent" min="0" max="100" value={data.values.percent} />
      </div>
    </div>
  );
}

function Scopes({ ctx, data }: Props): JSX.Element | null {
  const { scope, scopePaths } = data;
  const { t } = ctx.words;
  if (scope === null || scopePaths === null) return null;
  const tab = (name: FormScope) => ({
    href: scopePaths[name],
    label: t(`form.scope.${name}`),
    isCurrent: scope === name,
  });
  return <Tabs ctx={ctx} label={t('form.scope')} tabs={[tab('one'), tab('following'), tab('all')]} />;
}

function hiddenOf(data: EventFormData): Record<string, string> {
  return {
    'form-boxes': '1',
    ...(data.etag === null ? {} : { etag: data.etag }),
    ...(data.at === null ? {} : { at: data.at }),
    ...(data.scope === null ? {} : { scope: data.scope }),
    ...(data.was === null ? {} : { was: JSON.stringify(data.was) }),
    ...(data.isTask ? { kind: 'task' } : {}),
  };
}

/** The form to make or change an event or task. */
export function EventFormPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { values, wrong } = data;
  if (data.clashes !== null) return <ClashPage ctx={ctx} data={data} clashes={data.clashes} />;
  return (
    <Shell ctx={ctx} title={data.title} nav="calendar">
      {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
      <Scopes ctx={ctx} data={data} />
      <PostForm ctx={ctx} action={data.action} class="sheet form event-form" hidden={hiddenOf(data)}>
        <Field
          ctx={ctx}
          name="summary"
          label={t('form.title')}
          value={values.summary}
          wrong={wrong.summary}
          isNeeded={data.isNew}
          hasFocus={Object.keys(wrong).length === 0}
        />
        {data.isNew ? (
          <Select
            name="calendar"
            label={t(data.isTask ? 'form.list' : 'event.calendar')}
            options={data.calendars}
            value={data.calendar}
          />
        ) : null}
        <Times ctx={ctx} data={data} />
        <Repeat ctx={ctx} data={data} />
        <Select name="reminder" label={t('form.reminder')} options={data.reminders} value={values.reminder} />
        <TaskState ctx={ctx} data={data} />
        <Field
          ctx={ctx}
          name="location"
          label={t('event.location')}
          value={values.location}
          wrong={wrong.location}
          isNeeded={false}
        />
        <TextArea name="description" label={t('event.notes')} value={values.description} rows={5} />
        {data.rest === null ? null : <p class="hint">{data.rest}</p>}
        <div class="actions">
          <Button ctx={ctx} kind="primary">
            {t(data.isTask ? 'task.save' : 'event.save')}
          </Button>
          <ButtonLink ctx={ctx} href={data.back}>
            {t('cancel')}
          </ButtonLink>
        </div>
      </PostForm>
    </Shell>
  );
}

function Side(props: {
  readonly group: string;
  readonly value: 'mine' | 'theirs';
  readonly text: string;
  readonly label: string;
  readonly isChosen: boolean;
  readonly empty: string;
}): JSX.Element {
  const { group, value, text, label, isChosen, empty } = props;
  return (
    <label class="side-choice">
      <input type="radio" name={`keep-${group}`} value={value} checked={isChosen} />
      <span>
        <span class="muted small block">{label}</span>
        <span class="notes">{text === '' ? <em class="muted">{empty}</em> : text}</span>
      </span>
    </label>
  );
}

function ClashPage({ ctx, data, clashes }: Props & { readonly clashes: readonly Clash[] }): JSX.Element {
  const { t } = ctx.words;
  const mine: ComponentChildren = Object.entries(data.values).map(([name, value]) => (
    <input key={name} type="hidden" name={name} value={value} />
  ));
  const days = data.values.weekdays.split(',').filter((day) => day !== '');
  return (
    <Shell ctx={ctx} title={data.title} nav="calendar">
      <Notice ctx={ctx} kind="warn" fact={t('clash.fact')}>
        {t('clash.text')}
      </Notice>
      <PostForm ctx={ctx} action={data.action} class="sheet form" hidden={hiddenOf(data)}>
        {mine}
        {days.map((day) => (
          <input key={day} type="hidden" name="weekday" value={day} />
        ))}
        {clashes.map((clash) => (
          <fieldset key={clash.group} class="clash">
            <legend>{clash.label}</legend>
            <Side
              group={clash.group}
              value="mine"
              text={clash.mine}
              label={t('clash.mine')}
              isChosen={clash.keepsMine}
              empty={t('clash.empty')}
            />
            <Side
              group={clash.group}
              value="theirs"
              text={clash.theirs}
              label={t('clash.theirs')}
              isChosen={!clash.keepsMine}
              empty={t('clash.empty')}
            />
          </fieldset>
        ))}
        <div class="actions">
          <Button ctx={ctx} kind="primary">
            {t('clash.save')}
          </Button>
          <ButtonLink ctx={ctx} href={data.back}>
            {t('clash.drop')}
          </ButtonLink>
        </div>
      </PostForm>
    </Shell>
  );
}
