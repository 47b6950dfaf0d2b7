/** `npm run bench:pages`: how long the server takes for each page, for 50 people, 20,000 contacts and 20,000 events. */
import { makeTown } from '../support/large.ts';
import { startTestServer } from '../support/server.ts';
import { visitor } from '../support/web.ts';

const PAGES = [
  '/',
  '/connect',
  '/calendar',
  '/calendar?view=week',
  '/calendar?view=agenda',
  '/contacts',
  '/contacts?letter=M',
  '/contacts?q=fat',
  '/contacts?q=017',
  '/contacts?q=person1999',
  '/contacts/duplicates',
  '/import',
  '/trash',
  '/account',
  '/more',
  '/admin/people',
  '/admin/people/root',
  '/admin/activity',
  '/admin/health',
  '/admin/settings',
] as const;

const ROUNDS = 15;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const server = await startTestServer({ hasUser: false });
try {
  const startedMs = performance.now();
  await makeTown(server, { people: 50, contacts: 20_000, events: 20_000 });
  console.log(`made in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  const root = visitor(server);
  await root.signIn('root', server.password);
  for (const page of PAGES) {
    const times: number[] = [];
    let bytes = 0;
    let status = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const beginMs = performance.now();
      const seen = await root.get(page);
      times.push(performance.now() - beginMs);
      bytes = seen.bytes.byteLength;
      status = seen.status;
    }
    const first = (times[0] ?? 0).toFixed(0);
    console.log(
      `${page.padEnd(28)} ${status} first ${first.padStart(5)} ms  median ${median(times.slice(2)).toFixed(1).padStart(6)} ms  ${(bytes / 1024).toFixed(0)} KiB`,
    );
  }
} finally {
  await server.stop();
}
