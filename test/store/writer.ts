// A process of its own that writes and says so: one line for each write that was acknowledged. It is killed by its test.
import { openDatabase } from '../../models/db/open.ts';
import { silentLog } from '../support/app.ts';

const db = await openDatabase({ url: process.argv[2] ?? '', log: silentLog() });
for (let at = 0; ; at += 8) {
  await Promise.all(
    Array.from({ length: 8 }, async (_, one) => {
      const key = `k${at + one}`;
      await db.write((tx) =>
        tx.run('INSERT INTO server (key, value) VALUES (?, ?)', [key, 'x'.repeat(2000)]),
      );
      process.stdout.write(`${key}\n`);
    }),
  );
}
