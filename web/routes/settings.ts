import { Refusal } from '../../models/errors.ts';
import { ACCENTS, type ServerSettings } from '../../models/server/service.ts';
import { CHANGE_SETTINGS, GET_SETTINGS, isFixed } from '../../protocols/api/routes/settings.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf } from '../address.ts';
import { textOf } from '../fields.ts';
import { type SettingsData, SettingsPage } from '../pages/settings.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import type { PageRequest, Route } from '../site.ts';

const GB = 1e9;
type FieldName = keyof SettingsData['values'];

async function show(
  page: PageRequest,
  status = 200,
  more: Partial<SettingsData> = {},
): Promise<WireResponse> {
  const { chosen, settings } = await perform(page, GET_SETTINGS, {});
  const fixed: FieldName[] = [];
  if (isFixed(page.site.settings, 'address')) fixed.push('address');
  if (isFixed(page.site.settings, 'trashDays')) fixed.push('trashDays');
  if (isFixed(page.site.settings, 'versionDays')) fixed.push('versionDays');
  if (isFixed(page.site.settings, 'quotaBytes')) fixed.push('quota');
  const said = (name: string) => settings.find((row) => row.name === name)?.value ?? '';
  const quota = Number(said('QUOTA_BYTES')) / GB;
  const values = {
    name: chosen.name,
    address: fixed.includes('address') ? addressOf(page) : (chosen.address ?? ''),
    trashDays: said('TRASH_DAYS'),
    versionDays: said('VERSION_DAYS'),
    quota: quota > 0 ? String(Math.round(quota * 1000) / 1000) : '',
  };
  const data = { chosen, settings, values, fixed, wrong: {}, refused: null, ...more };
  return html(page, status, SettingsPage({ ctx: contextOf(page), data }));
}

interface Read {
  readonly change: Partial<ServerSettings>;
  readonly wrong: SettingsData['wrong'];
}

/** A whole number of days as typed; null for an empty field, undefined for what is none. */
function readDays(typed: string): number | null | undefined {
  if (typed === '') return null;
  return /^\d{1,5}$/.test(typed) && Number(typed) <= 36_500 ? Number(typed) : undefined;
}

function readQuota(typed: string): number | null | undefined {
  if (typed === '') return null;
  const bytes = /^\d{1,7}([.,]\d{1,6})?$/.test(typed) ? Number(typed.replace(',', '.')) * GB : Number.NaN;
  return bytes >= 1024 ? Math.round(bytes) : undefined;
}

function readForm(page: PageRequest, now: SettingsData['values']): Read {
  const { t } = page.words;
  const { settings } = page.site;
  const wrong: Partial<Record<FieldName, string>> = {};
  const change: { -readonly [K in keyof ServerSettings]?: ServerSettings[K] } = {
    accent: ACCENTS.find((accent) => accent === page.form.get('accent')) ?? 'green',
    defaultLanguage: page.form.get('defaultLanguage') === 'de' ? 'de' : 'en',
    profileHasPassword: page.form.has('profileHasPassword'),
  };
  const name = textOf(page, 'name');
  if (name === '' || [...name].length > 60) wrong.name = t('settings.name.bad');
  else change.name = name;
  const address = textOf(page, 'address');
  if (!isFixed(settings, 'address')) change.address = address === '' ? null : address;
  for (const key of ['trashDays', 'versionDays'] as const) {
    const typed = textOf(page, key);
    // What was not touched keeps its source.
    if (isFixed(settings, key) || typed === now[key]) continue;
    const days = readDays(typed);
    if (days === undefined) wrong[key] = t('settings.days.bad');
    else change[key] = days;
  }
  const quota = textOf(page, 'quota');
  if (!isFixed(settings, 'quotaBytes') && quota !== now.quota) {
    const bytes = readQuota(quota);
    if (bytes === undefined) wrong.quota = t('person.quota.bad');
    else change.quotaBytes = bytes;
  }
  return { change, wrong };
}

async function shownValues(page: PageRequest): Promise<SettingsData['values']> {
  const { settings } = await perform(page, GET_SETTINGS, {});
  const said = (name: string) => settings.find((row) => row.name === name)?.value ?? '';
  const quota = Number(said('QUOTA_BYTES')) / GB;
  return {
    name: '',
    address: '',
    trashDays: said('TRASH_DAYS'),
    versionDays: said('VERSION_DAYS'),
    quota: quota > 0 ? String(Math.round(quota * 1000) / 1000) : '',
  };
}

async function save(page: PageRequest): Promise<WireResponse> {
  const { change, wrong } = readForm(page, await shownValues(page));
  const text = (name: FieldName) => textOf(page, name);
  const values = {
    name: text('name'),
    address: text('address'),
    trashDays: text('trashDays'),
    versionDays: text('versionDays'),
    quota: text('quota'),
  };
  if (Object.keys(wrong).length > 0) return show(page, 422, { values, wrong });
  try {
    await perform(page, CHANGE_SETTINGS, change);
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 400 && error.status !== 409)) throw error;
    return show(page, 422, { values, refused: error.message });
  }
  return redirect(page, '/admin/settings', { text: page.words.t('settings.saved') });
}

/** What the server does, and who says so. */
export const SETTINGS_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/admin/settings',
    who: 'administrator',
    does: ['getSettings'],
    run: (page) => show(page),
  },
  { method: 'POST', path: '/admin/settings', who: 'administrator', does: ['changeSettings'], run: save },
];
