import type { App } from '../models/app.ts';
import { resetServerSettings, type ServerSettings } from '../models/server/service.ts';
import type { ShownSetting } from '../web/site.ts';
import { type Config, SETTINGS, type Setting } from './config.ts';

/** Every setting with its value and where that comes from, for administrators; secrets are not shown. */
export function shownSettings({ given }: Pick<Config, 'given'>): readonly ShownSetting[] {
  return Object.values<Setting<unknown>>(SETTINGS).map((setting) => {
    const text = given[setting.name];
    const value = text ?? setting.fallback;
    return {
      name: setting.name,
      value: setting.isSecret === true ? null : value,
      isSet: value !== null && value !== '',
      source: text !== undefined ? 'environment' : 'default',
      doc: setting.doc,
    };
  });
}

/** What the settings page can choose as long as the environment does not say it. */
const REPLACEABLE: Readonly<Record<string, keyof ServerSettings>> = {
  BASE_URL: 'address',
  TRASH_DAYS: 'trashDays',
  VERSION_DAYS: 'versionDays',
  QUOTA_BYTES: 'quotaBytes',
};

/** Takes back what the settings page chose where the environment says it now. */
export async function yieldToEnvironment(
  app: Pick<App, 'db'>,
  { given }: Pick<Config, 'given'>,
): Promise<void> {
  const keys = Object.entries(REPLACEABLE).flatMap(([name, key]) => (given[name] === undefined ? [] : [key]));
  if (keys.length > 0) await resetServerSettings(app, keys);
}
