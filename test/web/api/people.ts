import { PASSWORD } from '../../shots/family.ts';
import { dig, list, pick } from '../../support/api.ts';
import { visitor } from '../../support/web.ts';
import type { Step, World } from './steps.ts';

const peter = (world: World) => ({ id: world.get('peter') });
const CSV = 'name,login,email\nGreta Graf,greta,greta@klein.example\nHugo Huber,,\n';

/** People and settings, for administrators. */
export const PEOPLE_STEPS: readonly Step[] = [
  {
    id: 'addPerson',
    input: () => ({ name: 'Peter Klein', email: 'peter@klein.example' }),
    after: (world, { json }) => world.keep('peter', dig(json, 'id')),
  },
  { id: 'listPeople', input: () => ({ search: 'klein', state: 'present', limit: 2 }) },
  { id: 'countPeople' },
  { id: 'getPerson', input: peter },
  { id: 'changePerson', input: (world) => ({ ...peter(world), name: 'Peter Pan', quotaBytes: 5_000_000 }) },
  { id: 'disablePerson', input: peter },
  { id: 'enablePerson', input: peter },
  { id: 'invitePerson', input: peter },
  { id: 'signOutPerson', input: peter },
  { id: 'exportPerson', input: (world) => ({ ...peter(world), password: PASSWORD }) },
  { id: 'removePerson', input: (world) => ({ ...peter(world), password: PASSWORD }) },
  { id: 'bringBackPerson', input: peter },
  { id: 'checkPeople', input: () => ({ csv: CSV }) },
  { id: 'importPeople', input: () => ({ csv: CSV }) },
  { id: 'getSettings' },
  { id: 'changeSettings', input: () => ({ name: 'Klein family', trashDays: 31 }) },
];

/** One's own account; the last ones end what the others need. */
export const ACCOUNT_STEPS: readonly Step[] = [
  { id: 'getAccount' },
  { id: 'changeAccount', input: () => ({ name: 'Mara M. Klein', timeZone: 'Europe/Berlin' }), others: null },
  { id: 'exportAccount' },
  {
    id: 'createToken',
    isFromPage: true,
    // The clock has run for hours; sessions end when nobody uses them.
    async before(world) {
      await world.visitor.signIn('mara', PASSWORD);
      await world.visitor.get('/account');
    },
    input: () => ({ name: 'Backup', isReadOnly: true, expires: '2030-01-31T00:00:00Z' }),
    others: null,
    after: (world, { json }) => world.keep('token', dig(json, 'id')),
  },
  { id: 'listTokens' },
  { id: 'revokeToken', input: (world) => ({ id: world.get('token') }) },
  {
    id: 'listSessions',
    async before(world) {
      await visitor(world.server, { headers: { 'User-Agent': 'Second/1.0' } }).signIn('mara', PASSWORD);
    },
    after: (world, { json }) =>
      world.keep('session', dig(pick(list(json, 'items'), 'userAgent', 'Second/1.0'), 'id')),
  },
  { id: 'endSession', input: (world) => ({ id: world.get('session') }) },
  { id: 'endSessions', others: null },
  {
    id: 'changePassword',
    input: () => ({ oldPassword: PASSWORD, newPassword: 'another correct horse' }),
    others: null,
  },
];
