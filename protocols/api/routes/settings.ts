import Type from 'typebox';
import { Refusal } from '../../../models/errors.ts';
import {
  changeServerSettings,
  limitsNow,
  type ServerSettings,
  serverSettings,
} from '../../../models/server/service.ts';
import { type ApiCall, type Operation, operation } from '../operation.ts';

const Nullable = Type.Union([Type.Integer(), Type.Null()]);
const ChosenShape = Type.Object({
  name: Type.String(),
  accent: Type.Union([
    Type.Literal('green'),
    Type.Literal('blue'),
    Type.Literal('violet'),
    Type.Literal('pink'),
    Type.Literal('orange'),
    Type.Literal('slate'),
  ]),
  profileHasPassword: Type.Boolean(),
  defaultLanguage: Type.Union([Type.Literal('en'), Type.Literal('de')]),
  address: Type.Union([Type.String(), Type.Null()]),
  trashDays: Nullable,
  versionDays: Nullable,
  quotaBytes: Nullable,
});
const ShownShape = Type.Object({
  name: Type.String(),
  value: Type.Union([Type.String(), Type.Null()]),
  isSet: Type.Boolean(),
  source: Type.Union([Type.Literal('default'), Type.Literal('environment'), Type.Literal('settings-page')]),
  doc: Type.String(),
});

/** Environment variables that the settings page can stand in for. */
const STANDS_FOR = {
  address: 'BASE_URL',
  trashDays: 'TRASH_DAYS',
  versionDays: 'VERSION_DAYS',
  quotaBytes: 'QUOTA_BYTES',
} as const satisfies Partial<Record<keyof ServerSettings, string>>;

type Replaceable = keyof typeof STANDS_FOR;
const isReplaceable = (key: string): key is Replaceable => Object.hasOwn(STANDS_FOR, key);

/** Whether the environment says this, so that the page cannot. */
export function isFixed(settings: ApiCall['settings'], key: Replaceable): boolean {
  return settings.some((row) => row.name === STANDS_FOR[key] && row.source === 'environment');
}

/** Reads the settings. */
export const GET_SETTINGS = operation({
  id: 'getSettings',
  method: 'GET',
  path: '/settings',
  who: 'administrator',
  tag: 'server',
  summary: 'Read what the settings page chose, and every setting of the environment with its source.',
  input: Type.Object({}),
  output: Type.Object({ chosen: ChosenShape, settings: Type.Array(ShownShape) }),
  async run({ app, settings }) {
    const chosen = await serverSettings(app.db);
    const limits = await limitsNow(app);
    const values: Readonly<Record<string, string | null>> = {
      BASE_URL: chosen.address,
      TRASH_DAYS: chosen.trashDays === null ? null : String(limits.trashDays),
      VERSION_DAYS: chosen.versionDays === null ? null : String(chosen.versionDays),
      QUOTA_BYTES: chosen.quotaBytes === null ? null : String(limits.maxBytesPerUser),
    };
    const shown = settings.map((row) => {
      const value = values[row.name] ?? null;
      if (row.source === 'environment' || value === null) return row;
      return { ...row, value, isSet: true, source: 'settings-page' as const };
    });
    return { chosen, settings: shown };
  },
});

/** Changes the settings. */
export const CHANGE_SETTINGS = operation({
  id: 'changeSettings',
  method: 'PATCH',
  path: '/settings',
  who: 'administrator',
  tag: 'server',
  summary: 'Change what the settings page chooses; it holds at once. Null gives a value back to its default.',
  input: Type.Partial(ChosenShape),
  output: null,
  async run({ app, actor, settings }, change) {
    const fixed = Object.keys(change).find((key) => isReplaceable(key) && isFixed(settings, key));
    if (fixed !== undefined && isReplaceable(fixed))
      throw new Refusal(
        409,
        `${STANDS_FOR[fixed]} is set in the environment of the server. Change it there, or take it out there first.`,
      );
    await changeServerSettings(app, actor, change);
  },
});

/** Operations of the settings page. */
export const SETTINGS_OPERATIONS: readonly Operation[] = [GET_SETTINGS, CHANGE_SETTINGS];
