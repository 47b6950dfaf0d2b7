import { syncOnce } from '../../shots/family.ts';
import { dig, list, pick } from '../../support/api.ts';
import type { Step, World } from './steps.ts';

const device = (world: World) => ({ id: world.get('device') });

/** An app asks to be let in; keeps the last part of the address that it opens. */
async function knock(world: World, name: string): Promise<void> {
  const { origin, base } = world.server;
  const started = await fetch(`${origin}${base}/index.php/login/v2`, {
    method: 'POST',
    headers: { 'User-Agent': 'DAVx5/4.5.20-ose' },
  });
  const said: unknown = await started.json();
  world.keep(name, String(dig(said, 'login')).split('/').at(-1));
}

/** Devices and how they get in. For devices of others administrators have the same operations, so they are not asked. */
export const DEVICE_STEPS: readonly Step[] = [
  {
    id: 'listDevices',
    async before({ family, server }) {
      const phone = family.devices.find(({ label }) => label.includes('iPhone'));
      if (phone === undefined) throw new Error('the family has no iPhone');
      await syncOnce(family, phone, new Map());
      await server.running.flush();
    },
    after: (world, { json }) =>
      world.keep('device', dig(pick(list(json, 'items'), 'name', 'Mara’s iPhone'), 'id')),
  },
  { id: 'getDevice', input: device, administrators: null },
  { id: 'renameDevice', input: (world) => ({ ...device(world), name: 'Phone' }), administrators: null },
  { id: 'deviceTimeline', input: device, administrators: null },
  { id: 'diagnoseDevice', input: device, administrators: null },
  { id: 'removeDevice', input: device, administrators: null },
  { id: 'undoRemoveDevice', input: device, administrators: null },
  { id: 'listActivity', input: () => ({ kind: 'sync', result: 'ok', limit: 3 }) },
  { id: 'getOverview' },
  { id: 'checkServer' },
  {
    id: 'listStrangeSignIns',
    async before({ family, server }) {
      await family.dav({ owner: 'marra', password: 'x', agent: 'Old/1' }, 'PROPFIND', '/dav/');
      await server.running.flush();
    },
  },
  {
    id: 'createSetupCode',
    input: (world) => ({ kind: 'iphone', device: world.get('device') }),
    others: 404,
    after: (world, { json }) => world.keep('setup', dig(json, 'id')),
  },
  { id: 'getSetup', input: (world) => ({ id: world.get('setup') }) },
  { id: 'createAppPassword', input: () => ({ label: 'Thunderbird' }) },
  // Whoever has the address that the app opened may answer it: nobody else knows it.
  {
    id: 'getAppRequest',
    before: (world) => knock(world, 'flow'),
    input: (world) => ({ flow: world.get('flow') }),
    others: 200,
  },
  { id: 'allowApp', input: (world) => ({ flow: world.get('flow'), label: 'DAVx5' }), others: null },
  {
    id: 'refuseApp',
    before: (world) => knock(world, 'flow'),
    input: (world) => ({ flow: world.get('flow') }),
    others: null,
  },
  { id: 'listAppRequests', input: () => ({ limit: 1 }) },
];
