/**
 * Style sheets that only some pages load beside the one all share: the name of the asset, and the parts of the pages whose
 * sheets (`styles/5-<part>.css`) it is made of.
 */
export const OWN_STYLES = {
  'calendar.css': ['calendar'],
  'contacts.css': ['contacts'],
  'overview.css': ['devices'],
  'people.css': ['people', 'devices', 'connect'],
  'account.css': ['people'],
  'connect.css': ['connect', 'devices'],
  'imports.css': ['imports'],
  'trash.css': ['trash'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** By how a path below the base path begins; the first that fits counts. */
const BY_PATH: readonly (readonly [RegExp, keyof typeof OWN_STYLES])[] = [
  [/^\/calendars?(\/|$)/, 'calendar.css'],
  [/^\/(contacts|books)(\/|$)/, 'contacts.css'],
  [/^\/admin\/people(\/|$)/, 'people.css'],
  [/^\/(admin\/settings|account|setup|sign-in|invite)(\/|$)/, 'account.css'],
  [/^\/(connect|c|login|index\.php|devices)(\/|$)/, 'connect.css'],
  [/^\/import(\/|$)/, 'imports.css'],
  [/^\/(trash|history|conflicts)(\/|$)/, 'trash.css'],
  [/^\/($|admin\/)/, 'overview.css'],
];

/** The sheet a page loads beside `style.css`; null for pages that need none. */
export function ownStyle(path: string): keyof typeof OWN_STYLES | null {
  return BY_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
