import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JOBS } from '../../../server/jobs/index.ts';
import { startJobs } from '../../../server/jobs/runner.ts';
import { testApp } from '../../support/app.ts';
import { openTestDb } from '../../support/db.ts';

describe('jobs', () => {
  test('run one at a time, survive their failures, and end when told', async () => {
    const { db, close } = await openTestDb();
    const app = testApp(db);
    let running = 0;
    let runs = 0;
    const work = async () => {
      running += 1;
      assert.equal(running, 1);
      await new Promise((resolve) => setTimeout(resolve, 15));
      running -= 1;
      runs += 1;
      if (runs % 2 === 0) throw new Error('every second one');
      return 1;
    };
    const jobs = startJobs(app, [
      { name: 'a', everySeconds: 0.01, run: work },
      { name: 'b', everySeconds: 0.01, run: work },
    ]);
    const awake = setInterval(() => {}, 5);
    await new Promise((resolve) => setTimeout(resolve, 250));
    await jobs.stop();
    clearInterval(awake);
    const atEnd = runs;
    assert.ok(atEnd >= 4, String(atEnd));
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(runs, atEnd);
    assert.ok(app.log.lines.some((line) => line.event === 'job.failed'));
    await close();
  });

  test('each of the table can run on an empty database, again and again', async () => {
    const { db, close } = await openTestDb();
    const app = testApp(db);
    assert.equal(new Set(JOBS.map((job) => job.name)).size, JOBS.length);
    for (const job of [...JOBS, ...JOBS]) assert.equal(await job.run(app), 0, job.name);
    await close();
  });
});
