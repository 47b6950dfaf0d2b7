import type { ComponentChildren, JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, type Option, PostForm, Select } from '../parts/form.tsx';
import { Sheet, Tag } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** What the page of one event or task shows; every text is ready. */
export interface EventData {
  readonly isTask: boolean;
  readonly title: string;
  readonly path: string;
  /** With the date that is looked at. */
  readonly at: string | null;
  readonly etag: string;
  readonly calendar: { readonly id: string; readonly name: string; readonly color: string };
  readonly when: readonly string[];
  readonly repeat: string | null;
  readonly due: string | null;
  readonly isDone: boolean;
  readonly isLate: boolean;
  readonly progress: string | null;
  readonly priority: string | null;
  readonly location: string;
  readonly description: string;
  readonly url: string | null;
  readonly categories: readonly string[];
  readonly status: 'tentative' | 'cancelled' | null;
  readonly reminders: readonly string[];
  readonly people: readonly {
    readonly name: string;
    readonly email: string;
    readonly answer: string;
    readonly isOrganizer: boolean;
  }[];
  readonly rest: readonly string[];
  readonly changed: readonly { readonly path: string; readonly text: string; readonly isShown: boolean }[];
  readonly changedBy: string;
  readonly isRecurring: boolean;
  readonly hasMaster: boolean;
  /** Calendars it can be moved to. */
  readonly targets: readonly Option[];
  readonly history: string;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: EventData;
}

function Fact(props: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </>
  );
}

const withAt = (path: string, at: string | null): string => (at === null ? path : `${path}?at=${at}`);

function Facts({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <dl class="pairs event-facts">
      {data.when.length === 0 ? null : (
        <Fact label={t('event.when')}>
          {data.when.map((line) => (
            <span key={line} class="block">
              {line}
            </span>
          ))}
        </Fact>
      )}
      {data.due === null ? null : <Fact label={t('task.due.label')}>{data.due}</Fact>}
      {data.repeat === null ? null : <Fact label={t('event.repeat')}>{data.repeat}</Fact>}
      {data.progress === null ? null : <Fact label={t('task.percent')}>{data.progress}</Fact>}
      {data.priority === null ? null : <Fact label={t('task.priority')}>{data.priority}</Fact>}
      {data.location === '' ? null : <Fact label={t('event.location')}>{data.location}</Fact>}
      {data.reminders.length === 0 ? null : (
        <Fact label={t('event.reminders')}>{ctx.words.list(data.reminders)}</Fact>
      )}
      {data.url === null ? null : (
        <Fact label={t('event.url')}>
          <a href={data.url} rel="noreferrer noopener">
            {data.url}
          </a>
        </Fact>
      )}
      {data.categories.length === 0 ? null : (
        <Fact label={t('event.categories')}>{ctx.words.list(data.categories)}</Fact>
      )}
      <Fact label={t('event.calendar')}>
        <a
          class={`named-calendar c-${data.calendar.color}`}
          href={`${ctx.base}/calendars/${data.calendar.id}`}
        >
          <span class="dot" aria-hidden="true" />
          {data.calendar.name}
        </a>
      </Fact>
      <Fact label={t('event.changed-by')}>{data.changedBy}</Fact>
    </dl>
  );
}

function People({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  if (data.people.length === 0) return null;
  return (
    <Sheet id="people" title={t('event.people')}>
      <ul class="people">
        {data.people.map((person, at) => (
          <li key={`${at}-${person.email}`}>
            <span>
              {person.name}
              {person.email === '' || person.email === person.name ? null : (
                <span class="muted small block">{person.email}</span>
              )}
            </span>
            <span>
              {person.isOrganizer ? <Tag kind="quiet">{t('event.organizer')}</Tag> : null}
              <Tag
                kind={person.answer === 'accepted' ? 'ok' : person.answer === 'declined' ? 'bad' : 'quiet'}
              >
                {t(`event.answer.${answerName(person.answer)}`)}
              </Tag>
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

type Answer = 'accepted' | 'declined' | 'tentative' | 'delegated' | 'waiting';

function answerName(answer: string): Answer {
  return answer === 'accepted' || answer === 'declined' || answer === 'tentative' || answer === 'delegated'
    ? answer
    : 'waiting';
}

function Changed({ ctx, data }: Props): JSX.Element | null {
  if (data.changed.length === 0) return null;
  return (
    <Sheet id="changed" title={ctx.words.t('event.changed')}>
      <ul class="stack">
        {data.changed.map((date) => (
          <li key={date.path}>
            {date.isShown ? <strong>{date.text}</strong> : <a href={ctx.base + date.path}>{date.text}</a>}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

function DeleteStep({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const values = { title: data.title };
  const hidden = { etag: data.etag, at: data.at ?? '' };
  const scopes = data.hasMaster ? (['one', 'following', 'all'] as const) : (['one', 'all'] as const);
  return (
    <details class="confirm">
      <summary class="button">
        <Icon ctx={ctx} name="trash" />
        {t('event.delete')}
      </summary>
      <PostForm ctx={ctx} action={`${data.path}/delete`} class="form" hidden={hidden}>
        <p>{t(data.isRecurring ? 'event.delete.which' : 'event.delete.sure', values)}</p>
        <div class="actions">
          {(data.isRecurring ? scopes : (['all'] as const)).map((scope) => (
            <Button key={scope} ctx={ctx} kind="danger" name="scope" value={scope}>
              {t(data.isRecurring ? `event.delete.${scope}` : 'event.delete.it', values)}
            </Button>
          ))}
        </div>
      </PostForm>
    </details>
  );
}

function MoveStep({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  const [first] = data.targets;
  if (first === undefined) return null;
  return (
    <details class="confirm">
      <summary class="button">
        <Icon ctx={ctx} name="move" />
        {t('event.move')}
      </summary>
      <PostForm ctx={ctx} action={`${data.path}/move`} class="form" hidden={{ etag: data.etag }}>
        <Select name="to" label={t('event.move.to')} options={data.targets} value={first.value} />
        {data.isRecurring ? <p class="hint">{t('event.move.all')}</p> : null}
        <div class="actions">
          <Button ctx={ctx}>{t('event.move.it')}</Button>
        </div>
      </PostForm>
    </details>
  );
}

function Actions({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <>
      {data.isTask ? (
        <PostForm
          ctx={ctx}
          action={`${data.path}/complete`}
          hidden={{ etag: data.etag, done: data.isDone ? 'no' : 'yes', at: data.at ?? '' }}
        >
          <Button ctx={ctx} icon={data.isDone ? 'undo' : 'check'}>
            {t(data.isDone ? 'task.reopen.it' : 'task.complete.it')}
          </Button>
        </PostForm>
      ) : null}
      <ButtonLink
        ctx={ctx}
        href={withAt(`${data.path}/edit`, data.at)}
        kind="primary"
        icon="edit"
        shortcut="e"
      >
        {t('event.edit')}
      </ButtonLink>
    </>
  );
}

/** One event or task. */
export function EventPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} title={data.title} nav="calendar" actions={<Actions ctx={ctx} data={data} />}>
      <div class="event">
        <section class="sheet" aria-label={t('event.details')}>
          <p class="event-tags">
            {data.status === null ? null : (
              <Tag kind={data.status === 'cancelled' ? 'bad' : 'warn'}>{t(`event.${data.status}`)}</Tag>
            )}
            {data.isDone ? <Tag kind="ok">{t('task.done')}</Tag> : null}
            {data.isLate ? <Tag kind="warn">{t('task.late')}</Tag> : null}
          </p>
          <Facts ctx={ctx} data={data} />
          {data.description === '' ? null : <p class="notes">{data.description}</p>}
          {data.rest.length === 0 ? null : (
            <p class="muted small">{t('event.rest', { parts: ctx.words.list(data.rest) })}</p>
          )}
        </section>
        <Changed ctx={ctx} data={data} />
        <People ctx={ctx} data={data} />
        <div class="event-steps">
          <ButtonLink ctx={ctx} href={`${data.path}/download`} icon="download">
            {t('event.download')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href={data.history} icon="history">
            {t('event.history')}
          </ButtonLink>
          <MoveStep ctx={ctx} data={data} />
          <DeleteStep ctx={ctx} data={data} />
        </div>
      </div>
    </Shell>
  );
}
