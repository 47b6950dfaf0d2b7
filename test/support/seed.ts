/** The seed of all random tests of this run: `DAYBOOK_TEST_SEED` repeats a run, else it is drawn and printed. */
export function testSeed(): number {
  const given = process.env['DAYBOOK_TEST_SEED'];
  const seed = given === undefined ? (Date.now() ^ process.pid) & 0x7fffffff : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`DAYBOOK_TEST_SEED must be an integer, not ${given}`);
  process.stdout.write(`DAYBOOK_TEST_SEED=${seed}\n`);
  return seed;
}
