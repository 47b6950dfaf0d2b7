import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../../models/imports/ledger.ts';

test('a ledger keeps the numbers of every text while it grows', () => {
  const ledger = new Ledger(2);
  const count = 20_000;
  for (let i = 0; i < count; i++) ledger.open(`item ${i}`).set([i, i * 3]);
  for (let i = 0; i < count; i++) assert.deepEqual([...(ledger.find(`item ${i}`) ?? [])], [i, i * 3]);
  assert.equal(ledger.find('another'), null);
  assert.deepEqual([...ledger.open('another')], [0, 0]);
});

test('opening a known text leaves its numbers', () => {
  const ledger = new Ledger(1);
  ledger.open('a')[0] = 7;
  ledger.open('b')[0] = 8;
  assert.equal(ledger.open('a')[0], 7);
  assert.equal(ledger.find('b')?.[0], 8);
});
