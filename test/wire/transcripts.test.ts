import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Actor } from '../../models/types.ts';
import { openTestDav } from '../support/dav.ts';
import { complaintsAbout, readTranscript } from '../support/transcript.ts';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.http'))
  .sort();

describe('recorded transcripts', () => {
  for (const name of files)
    test(name, async () => {
      const dav = await openTestDav();
      const actors: Readonly<Record<string, Actor>> = {
        ann: dav.ann,
        bob: dav.bob,
        nobody: { kind: 'anonymous' },
      };
      try {
        for (const exchange of readTranscript(readFileSync(join(import.meta.dirname, name), 'utf8'))) {
          const told = await dav.ask({ ...exchange.ask, as: actors[exchange.who] ?? dav.ann });
          const complaints = complaintsAbout(exchange, told);
          assert.deepEqual(complaints, [], `${name}:${exchange.line} ${complaints.join('\n')}`);
        }
      } finally {
        await dav.close();
      }
    });
});
