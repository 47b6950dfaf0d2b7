/** A merge of two versions of a card holds only while the body it was made with still stands there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getObject, type PutResult, putObject } from '../../models/objects/service.ts';
import type { Dialect } from '../support/db.ts';
import { openStage, type Stage } from '../support/objects.ts';
import { hasPostgres } from '../support/postgres.ts';

const card = (version: string, ...lines: readonly string[]): Buffer =>
  Buffer.from(['BEGIN:VCARD', `VERSION:${version}`, 'UID:u', ...lines, 'END:VCARD', ''].join('\r\n'));

const has: Readonly<Record<Dialect, boolean>> = { sqlite: true, postgres: await hasPostgres() };

for (const dialect of ['sqlite', 'postgres'] as const)
  describe(`edits in another vCard version on ${dialect}`, { skip: !has[dialect] }, () => {
    const put = (
      stage: Stage,
      body: Buffer,
      options: Partial<Parameters<typeof putObject>[2]> = {},
    ): Promise<PutResult> => {
      const place = { collection: stage.book, name: 'u.vcf', contentType: 'text/vcard', condition: null };
      return putObject(stage.app, stage.actor, { ...place, body, isEdit: true, ...options });
    };
    const read = async (stage: Stage): Promise<string> =>
      Buffer.from((await getObject(stage.app.db, stage.book.id, 'u.vcf'))?.body ?? []).toString();

    /** The stage as somebody sees it whose write waits until another one is done. */
    const delayed = (stage: Stage, other: () => Promise<unknown>): Stage => {
      let isDue = true;
      const db = new Proxy(stage.app.db, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value !== 'function') return value;
          return async (...args: readonly unknown[]): Promise<unknown> => {
            if (key === 'write' && isDue) {
              isDue = false;
              await other();
            }
            return Reflect.apply(value, target, args);
          };
        },
      });
      return { ...stage, app: { ...stage.app, db } };
    };

    test('a write in between is merged with, not undone', async (t) => {
      const stage = await openStage(t, dialect);
      await put(stage, card('4.0', 'FN:A', 'RELATED:urn:a'));
      const other = () => put(stage, card('4.0', 'FN:A', 'RELATED:urn:b', 'GENDER:F'));
      const result = await put(delayed(stage, other), card('3.0', 'FN:B'));
      assert.ok(result.isAltered);
      assert.match(await read(stage), /FN:B\r\nRELATED:urn:b\r\nGENDER:F\r\n/);
    });

    test('a write in between that makes a merge needless is not merged with', async (t) => {
      const stage = await openStage(t, dialect);
      await put(stage, card('4.0', 'FN:A', 'RELATED:urn:a'));
      const upload = card('3.0', 'FN:B');
      const result = await put(
        delayed(stage, () => put(stage, card('3.0', 'FN:C'), { isEdit: false })),
        upload,
      );
      assert.deepEqual([result.isAltered, await read(stage)], [false, upload.toString()]);
    });

    test('a tag that does not hold any more refuses it', async (t) => {
      const stage = await openStage(t, dialect);
      const { etag } = await put(stage, card('4.0', 'FN:A', 'RELATED:urn:a'));
      const condition = (current: string | null): boolean => current === etag;
      const other = () => put(stage, card('4.0', 'FN:A', 'RELATED:urn:b'));
      const late = put(delayed(stage, other), card('3.0', 'FN:B'), { condition });
      await assert.rejects(late, { status: 412 });
      assert.match(await read(stage), /FN:A\r\nRELATED:urn:b\r\n/);
    });

    test('many at once lose nothing, and the counts are right', async (t) => {
      const stage = await openStage(t, dialect);
      await put(stage, card('4.0', 'FN:A', 'RELATED:urn:a', 'X-A:1'));
      const done = await Promise.allSettled(
        Array.from({ length: 4 }, (_none, i) => put(stage, card('3.0', `FN:B${i}`))),
      );
      for (const one of done) assert.ok(one.status === 'fulfilled' || one.reason.status === 503);
      const text = await read(stage);
      assert.match(text, /FN:B\d\r\nRELATED:urn:a\r\nX-A:1\r\n/);
      const row = await stage.app.db.get<{ bytes_used: number; versions: number }>(
        'SELECT bytes_used, (SELECT CAST(count(*) AS BIGINT) FROM versions) AS versions FROM collections WHERE id = ?',
        [stage.book.id],
      );
      assert.equal(row?.bytes_used, Buffer.byteLength(text));
      assert.ok(Number(row?.versions) >= 1, 'the former body is kept');
    });

    test('bytes that are put back by hand are stored as they are', async (t) => {
      const stage = await openStage(t, dialect);
      await put(stage, card('4.0', 'FN:A', 'RELATED:urn:a'));
      const former = card('3.0', 'FN:B');
      const result = await put(stage, former, { isEdit: false });
      assert.deepEqual([result.isAltered, await read(stage)], [false, former.toString()]);
    });
  });
