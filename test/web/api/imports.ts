import { dig } from '../../support/api.ts';
import type { Step, World } from './steps.ts';

const card = (at: number) =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:import-${at}\r\nFN:Import ${at}\r\nN:${at};Import;;;\r\nEMAIL:i${at}@example.net\r\nEND:VCARD\r\n`;
const cards = (count: number) => Array.from({ length: count }, (_, at) => card(at)).join('');
const TABLE = 'Given Name,Family Name,E-mail 1 - Value,Nonsense\nRolf,Reiher,rolf@example.net,x\n';
const job = (world: World) => ({ id: world.get('import') });

const upload = (name: string, content: string): Step => ({
  id: 'createImport',
  input: () => ({ name, timeZone: 'Europe/Berlin' }),
  file: () => content,
  others: null,
  async after(world, { json }) {
    world.keep('import', dig(json, 'id'));
    await world.untilImport(dig(json, 'id'), 'review');
  },
});

/** Imports: a whole one, a table, and one that is stopped in the middle. */
export const IMPORT_STEPS: readonly Step[] = [
  upload('friends.vcf', `${cards(3)}BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Broken\r\n`),
  { id: 'listImports', input: () => ({ limit: 1 }) },
  { id: 'getImport', input: job },
  { id: 'listImportItems', input: (world) => ({ ...job(world), verdict: ['new'], limit: 2 }) },
  {
    id: 'chooseImportItems',
    input: (world) => ({ ...job(world), items: [{ position: 0, choice: 'skip' }] }),
  },
  {
    id: 'setImportTargets',
    input: (world) => ({ ...job(world), targets: [{ group: 0, target: { kind: 'new', name: 'Imported' } }] }),
    after: (world) => world.untilImport(world.get('import'), 'review'),
  },
  { id: 'startImport', input: job, after: (world) => world.untilImport(world.get('import'), 'done') },
  { id: 'downloadLeftOut', input: job },
  { id: 'undoImport', input: job, after: (world) => world.untilImport(world.get('import'), 'undone') },
  { id: 'removeImport', input: job },
  upload('table.csv', TABLE),
  {
    id: 'setImportMapping',
    async before(world) {
      const mapping = dig(await world.call('getImport', job(world)), 'tables', 0, 'mapping');
      world.keep('mapping', mapping);
    },
    input: (world) => ({ ...job(world), table: 0, mapping: world.get('mapping') }),
    after: (world) => world.untilImport(world.get('import'), 'review'),
  },
  { id: 'removeImport', input: job },
  upload('many.vcf', cards(1500)),
  { id: 'startImport', input: job },
  {
    id: 'stopImport',
    input: job,
    after: (world) => world.untilImport(world.get('import'), 'stopped'),
  },
  { id: 'keepImport', input: job },
];
