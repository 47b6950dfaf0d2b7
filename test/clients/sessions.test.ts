/** The recorded sessions of ten clients, replayed in order against a running server. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startTestServer } from '../support/server.ts';
import { SessionPlayer, type Step } from './session.ts';

const SESSIONS = join(import.meta.dirname, 'sessions');
/** Steps of these features are not played: the server does not announce them yet. */
const NOT_OFFERED: ReadonlySet<string> = new Set([
  'calendar-auto-schedule',
  'calendarserver-sharing',
  'webdav-push',
  'calendarserver-subscribed',
  'calendar-managed-attachments',
  'home sync-collection',
]);

function isStep(value: unknown): value is Step {
  return (
    typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'expect' in value
  );
}

function readSession(file: string): readonly Step[] {
  const parsed: unknown = JSON.parse(readFileSync(join(SESSIONS, file), 'utf8'));
  assert.ok(Array.isArray(parsed) && parsed.every(isStep), `${file} is not a session`);
  return parsed;
}

describe('client sessions', () => {
  for (const base of ['', '/sub/path']) {
    for (const file of readdirSync(SESSIONS)
      .filter((f) => f.endsWith('.http.json'))
      .sort()) {
      test(`${file}${base === '' ? '' : ` under ${base}`}`, async (t) => {
        const server = await startTestServer({ base });
        try {
          const player = new SessionPlayer({
            origin: server.origin,
            base: `${base}/dav`,
            user: server.user,
            password: server.password,
          });
          const skipped = new Map<string, number>();
          let played = 0;
          const wrong: string[] = [];
          for (const step of readSession(file)) {
            if (step.optional !== undefined && NOT_OFFERED.has(step.optional)) {
              skipped.set(step.optional, (skipped.get(step.optional) ?? 0) + 1);
              continue;
            }
            const complaints = await player.play(base === '' ? step : underBase(step, base));
            played++;
            wrong.push(...complaints.map((c) => `${step.name} (${step.method} ${step.path}): ${c}`));
          }
          t.diagnostic(
            `${played} steps played; left out: ${[...skipped].map(([f, n]) => `${f} ${n}`).join(', ') || 'none'}`,
          );
          assert.deepEqual(wrong, []);
        } finally {
          await server.stop();
        }
      });
    }
  }
});

/** Well-known and other absolute paths of a recording stand below the base path too. */
function underBase(step: Step, base: string): Step {
  return step.path.startsWith('/') ? { ...step, path: `${base}${step.path}` } : step;
}
