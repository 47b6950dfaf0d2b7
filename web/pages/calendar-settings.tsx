import type { JSX } from 'preact';
import { COLOR_NAMES, COLOR_VALUES, type ColorName } from '../colors.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm, Segmented } from '../parts/form.tsx';
import { Sheet } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** What the page of one calendar shows; `id` is null for a new one. */
export interface CalendarSettingsData {
  readonly id: string | null;
  readonly name: string;
  /** As stored; null where nobody chose. */
  readonly color: string | null;
  readonly nearest: ColorName;
  readonly kind: 'events' | 'tasks' | 'both';
  readonly items: number;
  readonly isDefault: boolean;
  readonly address: string;
  readonly wrong: string | undefined;
  readonly refused: string | null;
  readonly trashDays: number;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: CalendarSettingsData;
}

function Colors({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const own = data.color?.slice(0, 7).toUpperCase() ?? null;
  const isOurs = COLOR_NAMES.some((name) => COLOR_VALUES[name] === own);
  const chosen = isOurs || own === null ? data.nearest : null;
  return (
    <fieldset class="colors">
      <legend>{t('calendar.color')}</legend>
      <div>
        {own !== null && !isOurs ? (
          <label class={`c-${data.nearest}`}>
            <input type="radio" name="color" value="keep" checked />
            <span class="dot" aria-hidden="true" />
            <span>{t('calendar.color.keep', { color: own })}</span>
          </label>
        ) : null}
        {COLOR_NAMES.map((name) => (
          <label key={name} class={`c-${name}`}>
            <input type="radio" name="color" value={name} checked={name === chosen} />
            <span class="dot" aria-hidden="true" />
            <span>{t(`color.${name}`)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Address({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="address-title" title={t('calendar.address')}>
      <p class="muted">{t('calendar.address.hint')}</p>
      <code class="copyable" id="address">
        {data.address}
      </code>
      <div class="actions">
        <button class="button js-only" type="button" data-copy="address">
          <Icon ctx={ctx} name="copy" />
          {t('calendar.address.copy')}
        </button>
        <ButtonLink ctx={ctx} href={`/calendars/${data.id}/export`} icon="download">
          {t('calendar.export')}
        </ButtonLink>
      </div>
    </Sheet>
  );
}

function Remove({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  return (
    <Sheet id="remove-title" title={t('calendar.remove')}>
      {data.isDefault ? (
        <p class="muted">{t('calendar.remove.default')}</p>
      ) : (
        <details class="confirm">
          <summary class="button">
            <Icon ctx={ctx} name="trash" />
            {t('calendar.remove')}
          </summary>
          <PostForm ctx={ctx} action={`/calendars/${data.id}/delete`} class="form">
            <p>
              {t('calendar.remove.sure', {
                name: data.name,
                items: n(data.kind === 'tasks' ? 'count.tasks' : 'count.events', data.items),
                days: data.trashDays,
              })}
            </p>
            <div class="actions">
              <Button ctx={ctx} kind="danger">
                {t('calendar.remove.it', { name: data.name })}
              </Button>
            </div>
          </PostForm>
        </details>
      )}
    </Sheet>
  );
}

/** Name, colour, address and the end of a calendar; or a new one. */
export function CalendarSettingsPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const isNew = data.id === null;
  const kind = t(`calendar.kind.${data.kind}`);
  const count = n(data.kind === 'tasks' ? 'count.tasks' : 'count.events', data.items);
  return (
    <Shell
      ctx={ctx}
      title={isNew ? t('calendar.new.title') : data.name}
      nav="calendar"
      lead={isNew ? undefined : t('calendar.settings.lead', { kind, count })}
    >
      <div class="calendar-settings rows">
        {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
        <PostForm ctx={ctx} action={`/calendars/${data.id ?? 'new'}`} class="sheet form">
          <Field
            ctx={ctx}
            name="name"
            label={t('calendar.name')}
            value={data.name}
            wrong={data.wrong}
            hasFocus={isNew || data.wrong !== undefined}
          />
          {isNew ? (
            <Segmented
              name="kind"
              label={t('calendar.kind')}
              value={data.kind}
              options={(['events', 'tasks', 'both'] as const).map((value) => ({
                value,
                label: t(`calendar.kind.${value}`),
              }))}
            />
          ) : null}
          <Colors ctx={ctx} data={data} />
          <div class="actions">
            <Button ctx={ctx} kind="primary">
              {t(isNew ? 'calendar.make' : 'calendar.save')}
            </Button>
            <ButtonLink ctx={ctx} href="/calendar">
              {t('cancel')}
            </ButtonLink>
          </div>
        </PostForm>
        {isNew ? null : <Address ctx={ctx} data={data} />}
        {isNew ? null : <Remove ctx={ctx} data={data} />}
      </div>
    </Shell>
  );
}
