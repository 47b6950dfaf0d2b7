import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, PostForm, Select } from '../parts/form.tsx';
import { Empty, Sheet, Table } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import { momentText } from '../parts/trash.tsx';
import type { PageContext } from '../site.ts';

/** What going back would do to one calendar or address book. */
export interface MomentRow {
  readonly collection: number;
  readonly displayName: string;
  readonly back: number;
  readonly changed: number;
  readonly gone: number;
}

/** What the page of going back shows. */
export interface MomentData {
  readonly places: readonly { readonly id: number; readonly name: string }[];
  /** What is chosen: the id of a collection as text, or empty for all. */
  readonly place: string;
  /** `2026-11-24` and `09:30` of the viewer's wall clock, as they were typed. */
  readonly day: string;
  readonly time: string;
  readonly oldestUtc: number;
  readonly isWrong: boolean;
  /** What would change; null before somebody has asked. */
  readonly plan: { readonly momentUtc: number; readonly rows: readonly MomentRow[] } | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: MomentData;
}

function Wall(props: {
  readonly data: MomentData;
  readonly type: 'date' | 'time';
  readonly name: string;
  readonly label: string;
  readonly value: string;
}): JSX.Element {
  const { data, type, name, label, value } = props;
  return (
    <div class="field" data-bad={data.isWrong ? '' : undefined}>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={value}
        required
        autofocus={data.isWrong && type === 'date'}
        aria-invalid={data.isWrong ? 'true' : undefined}
        aria-describedby={data.isWrong ? 'moment-wrong' : 'moment-hint'}
      />
    </div>
  );
}

function Form({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const oldest = momentText(ctx, data.oldestUtc);
  const options = [
    { value: '', label: t('moment.what.all') },
    ...data.places.map(({ id, name }) => ({ value: String(id), label: name })),
  ];
  return (
    <form method="get" action={`${ctx.base}/trash/moment`} class="form">
      <Select name="place" label={t('moment.what')} options={options} value={data.place} />
      <div class="pair">
        <Wall data={data} type="date" name="day" label={t('moment.day')} value={data.day} />
        <Wall data={data} type="time" name="time" label={t('moment.time')} value={data.time} />
      </div>
      {data.isWrong ? (
        <p class="wrong" id="moment-wrong">
          <Icon ctx={ctx} name="stop" />
          {t('moment.wrong', { oldest })}
        </p>
      ) : (
        <p class="hint" id="moment-hint">
          {t('moment.hint', { zone: ctx.timeZone, oldest })}
        </p>
      )}
      <div class="actions">
        <Button ctx={ctx} kind={data.plan === null ? 'primary' : 'plain'}>
          {t('moment.show')}
        </Button>
      </div>
    </form>
  );
}

function Preview({ ctx, data }: Props): JSX.Element | null {
  const { t, n, number } = ctx.words;
  if (data.plan === null) return null;
  const { momentUtc, rows } = data.plan;
  const total = rows.reduce((sum, row) => sum + row.back + row.changed + row.gone, 0);
  const heads = [t('moment.place'), t('moment.back'), t('moment.changed'), t('moment.gone')];
  const shown = rows
    .filter((row) => row.back + row.changed + row.gone > 0)
    .map((row) => ({
      key: String(row.collection),
      cells: [row.displayName, number(row.back), number(row.changed), number(row.gone)],
    }));
  return (
    <Sheet id="preview" title={t('moment.preview', { when: momentText(ctx, momentUtc) })}>
      {total === 0 ? (
        <Empty text={t('moment.same')} />
      ) : (
        <>
          <Table ctx={ctx} caption={t('moment.preview.caption')} heads={heads} rows={shown} />
          {data.place === '' ? <p class="muted small">{t('moment.deleted')}</p> : null}
          <p class="muted">{t('moment.keeps')}</p>
          <PostForm
            ctx={ctx}
            action="/trash/moment"
            hidden={{ place: data.place, moment: String(momentUtc) }}
            class="actions"
          >
            <Button ctx={ctx} kind="primary" icon="history">
              {n('moment.do', total)}
            </Button>
          </PostForm>
        </>
      )}
    </Sheet>
  );
}

/** Chooses a moment, shows what going back to it would change, and goes back. */
export function MomentPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} nav="more" title={t('moment.title')} lead={t('moment.lead')}>
      <p>
        <a href={`${ctx.base}/trash`}>{t('bulk.back')}</a>
      </p>
      <section class="sheet" aria-label={t('moment.title')}>
        <Form ctx={ctx} data={data} />
      </section>
      <Preview ctx={ctx} data={data} />
    </Shell>
  );
}
