import { dig, list, pick } from '../../support/api.ts';
import type { Step, World } from './steps.ts';

const place = (world: World, name: string) => ({ collection: world.get('contacts'), name: world.get(name) });
const photo = (world: World) => place(world, 'anna');
const pair = (world: World) => ({ left: place(world, 'anna'), right: place(world, 'anna2') });

async function lookUp(world: World, ...names: readonly string[]): Promise<void> {
  const found = list(await world.call('listContacts', { limit: 200 }), 'items');
  for (const name of names) world.keep(name, dig(pick(found, 'uid', name), 'name'));
}

/** Address books, contacts and duplicates. */
export const CONTACT_STEPS: readonly Step[] = [
  {
    id: 'listBooks',
    after: (world, { json }) =>
      world.keep('contacts', dig(pick(list(json, 'items'), 'isDefault', true), 'collection')),
  },
  {
    id: 'createBook',
    input: () => ({ displayName: 'Choir', description: 'Who sings' }),
    after: (world, { json }) => world.keep('choir', dig(json, 'collection')),
  },
  {
    id: 'updateBook',
    input: (world) => ({ collection: world.get('choir'), displayName: 'Choir of St. Anna' }),
  },
  {
    id: 'listContacts',
    input: (world) => ({ query: 'anna', book: world.get('contacts'), limit: 5 }),
    others: 404,
    after: (world) => lookUp(world, 'anna', 'anna2', 'chen', 'okafor', 'brandt'),
  },
  { id: 'getContact', input: photo },
  { id: 'getContactPhoto', input: photo },
  {
    id: 'createContact',
    input: (world) => ({
      collection: world.get('contacts'),
      card: {
        name: { prefix: '', given: 'Nora', additional: '', family: 'Berg', suffix: '' },
        phones: [{ at: null, label: 'CELL', value: '+49 151 7777777' }],
      },
    }),
    others: 404,
    after(world, { json }) {
      world.keep('nora', dig(json, 'name'));
      world.keep('nora-etag', dig(json, 'etag'));
    },
  },
  {
    id: 'updateContact',
    input: (world) => ({ ...place(world, 'nora'), etag: world.get('nora-etag'), card: { nickname: 'No' } }),
  },
  { id: 'exportContacts', input: (world) => ({ contacts: [place(world, 'nora')] }), others: 404 },
  {
    id: 'moveContacts',
    input: (world) => ({ contacts: [place(world, 'nora')], target: world.get('choir') }),
    others: 404,
    after: (world, { json }) => world.keep('moved', dig(json, 'contacts', 0)),
  },
  {
    id: 'deleteContacts',
    input: (world) => ({ contacts: [world.get('moved')] }),
    others: 404,
    after: (world, { json }) => world.keep('deleted', dig(json, 'versions')),
  },
  { id: 'restoreContacts', input: (world) => ({ versions: world.get('deleted') }), others: 404 },
  { id: 'exportBook', input: (world) => ({ collection: world.get('contacts') }) },
  { id: 'listDuplicates', input: () => ({ limit: 1 }) },
  { id: 'compareContacts', input: pair, others: 404 },
  { id: 'tellContactsApart', input: pair, others: 404 },
  { id: 'forgetContactsApart', input: pair, others: 404 },
  {
    id: 'mergeContacts',
    input: (world) => ({ keep: place(world, 'anna'), other: place(world, 'anna2'), choices: {} }),
    others: 404,
    after: (world, { json }) => world.keep('batch', dig(json, 'batch')),
  },
  {
    id: 'undoMerge',
    input: (world) => ({ batch: world.get('batch') }),
    after: (world) => lookUp(world, 'anna', 'anna2'),
  },
  {
    id: 'mergeSelected',
    input: (world) => ({ contacts: [place(world, 'okafor'), place(world, 'brandt')] }),
    others: 404,
  },
  { id: 'mergeCertain', others: null },
  { id: 'deleteBook', input: (world) => ({ collection: world.get('choir') }) },
  { id: 'restoreBook', input: (world) => ({ collection: world.get('choir') }) },
];
