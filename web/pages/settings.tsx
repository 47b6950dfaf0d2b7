import type { JSX } from 'preact';
import { ACCENTS, type ServerSettings } from '../../models/server/service.ts';
import { Shell } from '../layout.tsx';
import { Button, Checkbox, PostForm, Segmented, Select } from '../parts/form.tsx';
import { Sheet, Table, Tag } from '../parts/page.tsx';
import { Field, Notice } from '../parts/parts.tsx';
import type { PageContext, ShownSetting } from '../site.ts';

type FieldName = 'name' | 'address' | 'trashDays' | 'versionDays' | 'quota';

/** Every setting with its source, and what the page itself can change. */
export interface SettingsData {
  readonly chosen: ServerSettings;
  readonly settings: readonly ShownSetting[];
  readonly values: Readonly<Record<FieldName, string>>;
  readonly wrong: Readonly<Partial<Record<FieldName, string>>>;
  readonly refused: string | null;
  /** Fields the environment says. */
  readonly fixed: readonly FieldName[];
}

interface Props {
  readonly ctx: PageContext;
  readonly data: SettingsData;
}

function Text({ ctx, data, name }: Props & { readonly name: FieldName }): JSX.Element {
  const { t } = ctx.words;
  if (data.fixed.includes(name))
    return (
      <dl class="pairs">
        <dt>{t(`settings.${name}`)}</dt>
        <dd>
          {data.values[name]} <Tag kind="info">{t('settings.source.environment')}</Tag>
        </dd>
      </dl>
    );
  return (
    <Field
      ctx={ctx}
      name={name}
      label={t(`settings.${name}`)}
      hint={t(`settings.${name}.hint`)}
      value={data.values[name]}
      wrong={data.wrong[name]}
      hasFocus={data.wrong[name] !== undefined}
      isNeeded={name === 'name'}
    />
  );
}

function Look({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { chosen } = data;
  return (
    <Sheet id="look" title={t('settings.look')} class="own-height">
      <Text ctx={ctx} data={data} name="name" />
      <div class="accents">
        <Segmented
          name="accent"
          label={t('settings.accent')}
          value={chosen.accent}
          options={ACCENTS.map((accent) => ({ value: accent, label: t(`settings.accent.${accent}`) }))}
        />
      </div>
      <Select
        name="defaultLanguage"
        label={t('settings.language')}
        hint={t('settings.language.hint')}
        value={chosen.defaultLanguage}
        options={[
          { value: 'en', label: 'English' },
          { value: 'de', label: 'Deutsch' },
        ]}
      />
    </Sheet>
  );
}

function Rules({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="rules" title={t('settings.rules')}>
      <Text ctx={ctx} data={data} name="address" />
      <Checkbox
        name="profileHasPassword"
        label={t('settings.profile')}
        hint={t('settings.profile.hint')}
        isChecked={data.chosen.profileHasPassword}
      />
      <Text ctx={ctx} data={data} name="trashDays" />
      <Text ctx={ctx} data={data} name="versionDays" />
      <Text ctx={ctx} data={data} name="quota" />
    </Sheet>
  );
}

const SOURCES = { default: 'quiet', environment: 'info', 'settings-page': 'ok' } as const;

function shownValue(ctx: PageContext, setting: ShownSetting): string {
  const { t } = ctx.words;
  if (setting.value === null) return t(setting.isSet ? 'settings.hidden' : 'settings.unset');
  return setting.value === '' ? t('settings.unset') : setting.value;
}

function Environment({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="environment" title={t('settings.all')} aside={t('settings.all.aside')}>
      <Table
        ctx={ctx}
        caption={t('settings.all')}
        heads={[t('settings.setting'), t('settings.value'), t('settings.source')]}
        rows={data.settings.map((setting) => ({
          key: setting.name,
          cells: [
            <span key="n" class="stack-small">
              <code>{setting.name}</code>
              <span class="muted small" lang="en">
                {setting.doc.replaceAll('`', '')}
              </span>
            </span>,
            <span key="v" class="setting-value">
              {shownValue(ctx, setting)}
            </span>,
            <Tag key="s" kind={SOURCES[setting.source]}>
              {t(`settings.source.${setting.source}`)}
            </Tag>,
          ],
        }))}
      />
    </Sheet>
  );
}

/** What the server does, and who says so. */
export function SettingsPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} nav="settings" title={t('nav.settings')} lead={t('settings.lead')}>
      {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
      <PostForm ctx={ctx} action="/admin/settings" class="rows">
        <div class="columns">
          <Look ctx={ctx} data={data} />
          <Rules ctx={ctx} data={data} />
        </div>
        <div class="actions">
          <Button ctx={ctx} kind="primary">
            {t('settings.save')}
          </Button>
        </div>
      </PostForm>
      <Environment ctx={ctx} data={data} />
    </Shell>
  );
}
