import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { objectionTo4 } from '../../../models/vcard/check4.ts';
import { type CardVersion, convertText } from '../../../models/vcard/convert.ts';
import { keepUnknown } from '../../../models/vcard/keep.ts';
import { parseCardText } from '../../../models/vcard/parse.ts';

const card = (version: CardVersion, ...lines: readonly string[]): string =>
  ['BEGIN:VCARD', `VERSION:${version}`, 'UID:u1', ...lines, 'END:VCARD', ''].join('\r\n');

/** What is stored after the upload: the lines behind UID, unfolded, with the version first; null when it is the upload itself. */
function kept(stored: string, upload: string): readonly string[] | null {
  const result = keepUnknown(parseCardText(stored), parseCardText(upload));
  if (result === null) return null;
  const lines = result.replace(/\r\n[ \t]/g, '').split('\r\n');
  return [lines[1] ?? '', ...lines.slice(3, -2)];
}

/** The card as a client is shown it that keeps the lines and parameters `keeps` says, then edits it. */
function through(stored: string, version: CardVersion, keeps: (line: string) => string | null): string {
  const shown = convertText(parseCardText(stored), version).replace(/\r\n[ \t]/g, '');
  return shown
    .split('\r\n')
    .flatMap((line) =>
      /^(BEGIN|END|VERSION|UID|$)/.test(line) ? [line] : [keeps(line)].filter((l) => l !== null),
    )
    .join('\r\n');
}

/** A client that knows RFC 2426 and no more: X- lines, X- parameters and groups go. */
const lossy = (line: string): string | null => {
  const bare = line.replace(/^\w+\./, '');
  return bare.startsWith('X-') ? null : bare.replace(/;X-[\w-]+=(?:"[^"]*"|[^;:]*)/g, '');
};

const RICH = card(
  '4.0',
  ...['FN:Ann Arbor', 'N:Arbor;Ann;;;', 'KIND:individual', 'TEL;TYPE=cell;PREF=2:+1 555 0100'],
  ...['EMAIL;PREF=1;TYPE=home:ann@example.com', 'ANNIVERSARY:20100612', 'GENDER:F;woman', 'BDAY:19800229'],
  ...['RELATED;TYPE=spouse:urn:uuid:b', 'X-CUSTOM;X-P=1:mine', 'NOTE;ALTID=1;LANGUAGE=en:hello'],
  ...['NOTE;ALTID=1;LANGUAGE=fr:bonjour', 'item1.URL:https://example.com/', 'item1.X-ABLabel:Home page'],
);

describe('what the other version knew stays', () => {
  test('a client that knows 3.0 alone changes a number', () => {
    const upload = through(RICH, '3.0', (line) => lossy(line)?.replace('0100', '0199') ?? null);
    assert.deepEqual(kept(RICH, upload), [
      'VERSION:4.0',
      ...['FN:Ann Arbor', 'N:Arbor;Ann;;;', 'TEL;TYPE=cell;PREF=2:+1 555 0199'],
      ...['EMAIL;PREF=1;TYPE=home:ann@example.com', 'BDAY:19800229', 'NOTE;ALTID=1;LANGUAGE=en:hello'],
      ...['NOTE;ALTID=1;LANGUAGE=fr:bonjour', 'item1.URL:https://example.com/'],
      ...['KIND:individual', 'ANNIVERSARY:20100612', 'GENDER:F;woman', 'RELATED;TYPE=spouse:urn:uuid:b'],
      ...['X-CUSTOM;X-P=1:mine', 'item1.X-ABLabel:Home page'],
    ]);
  });

  test('the same upload again gives the same card', () => {
    const upload = through(RICH, '3.0', (line) => lossy(line)?.replace('0100', '0199') ?? null);
    const once = keepUnknown(parseCardText(RICH), parseCardText(upload));
    assert.ok(once !== null);
    assert.equal(keepUnknown(parseCardText(once), parseCardText(upload)), once);
    assert.equal(objectionTo4(once), null);
  });

  test('a client that gives everything back is stored as it is', () => {
    assert.equal(
      kept(
        RICH,
        through(RICH, '3.0', (line) => line.replace('0100', '0199')),
      ),
      null,
    );
  });

  test('what it knows and leaves out is gone', () => {
    const upload = through(RICH, '3.0', (line) => (/^(TEL|BDAY|item1\.URL)/.test(line) ? null : lossy(line)));
    const lines = kept(RICH, upload) ?? [];
    assert.ok(!lines.some((line) => /TEL|BDAY|URL|ABLabel/.test(line)), lines.join());
    assert.ok(lines.includes('RELATED;TYPE=spouse:urn:uuid:b'));
  });

  test('one unknown line of several left out is taken away', () => {
    const upload = through(RICH, '3.0', (line) => (/^X-RELATED/.test(line) ? null : line));
    assert.equal(kept(RICH, upload), null);
  });

  test('one unknown parameter of several left out is taken away', () => {
    const upload = through(RICH, '3.0', (line) => line.replace(/^(TEL.*);X-PREF=2/, '$1'));
    assert.equal(kept(RICH, upload), null);
  });

  test('a preference is known: without it nothing is preferred', () => {
    const upload = through(RICH, '3.0', (line) => lossy(line)?.replace(/,pref/, '') ?? null);
    assert.ok(kept(RICH, upload)?.includes('EMAIL;TYPE=home:ann@example.com'));
  });

  const GROUP = card(
    '4.0',
    'FN:Team',
    'KIND:group',
    'MEMBER:urn:uuid:a',
    'MEMBER:urn:uuid:b',
    'X-CUSTOM:mine',
  );
  test('a group stays one after a client that knows none', () => {
    const upload = through(GROUP, '3.0', (line) => lossy(line)?.replace('Team', 'Crew') ?? null);
    assert.deepEqual(kept(GROUP, upload), [
      ...['VERSION:4.0', 'FN:Crew', 'KIND:group', 'MEMBER:urn:uuid:a', 'MEMBER:urn:uuid:b', 'X-CUSTOM:mine'],
    ]);
  });

  test('a client that knows groups removes members, down to the last', () => {
    for (const gone of [/urn:uuid:a/, /MEMBER/]) {
      const upload = through(GROUP, '3.0', (line) =>
        gone.test(line) ? null : /ADDRESSBOOKSERVER/.test(line) ? line : lossy(line),
      );
      const lines = kept(GROUP, upload) ?? [];
      assert.ok(!lines.some((line) => gone.test(line)), lines.join());
      assert.ok(lines.includes('KIND:group') && lines.includes('X-CUSTOM:mine'));
    }
  });

  test('an original form survives a client that drops its memory', () => {
    const stored = card(
      '4.0',
      'FN:A',
      'TEL;VALUE=uri;TYPE="cell,voice":tel:+1-555',
      'REV;VALUE=timestamp:20200101T000000Z',
    );
    const upload = through(stored, '3.0', (line) => lossy(line)?.replace('FN:A', 'FN:B') ?? null);
    assert.deepEqual(kept(stored, upload), [
      ...[
        'VERSION:4.0',
        'FN:B',
        'TEL;VALUE=uri;TYPE="cell,voice":tel:+1-555',
        'REV;VALUE=timestamp:20200101T000000Z',
      ],
    ]);
  });

  test('a 4.0 client keeps what only a 3.0 card knew', () => {
    const stored = card(
      '3.0',
      'FN:A',
      'N:A;;;;',
      'SORT-STRING:a',
      'X-ABShowAs:COMPANY',
      'X-P:1',
      'LABEL:Main St',
      'TEL;X-Q=1:5',
    );
    const upload = through(stored, '4.0', (line) => lossy(line)?.replace('TEL:5', 'TEL;TYPE=home:5') ?? null);
    assert.deepEqual(kept(stored, upload), [
      ...[
        'VERSION:3.0',
        'FN:A',
        'N:A;;;;',
        'TEL;TYPE=home;X-Q=1:5',
        'SORT-STRING:a',
        'X-ABShowAs:COMPANY',
        'X-P:1',
      ],
      'LABEL:Main St',
    ]);
  });

  test('a group name that the client gave to something else is not shared', () => {
    const stored = card('4.0', 'FN:A', 'item1.X-DATE:20200101', 'item1.X-ABLabel:First kiss');
    const upload = card('3.0', 'FN:A', 'item1.TEL:5');
    assert.deepEqual(kept(stored, upload), [
      ...['VERSION:4.0', 'FN:A', 'item1.TEL:5', 'item2.X-DATE:20200101', 'item2.X-ABLabel:First kiss'],
    ]);
  });

  test('a card of one version is nobody’s business', () => {
    assert.equal(kept(RICH, card('4.0', 'FN:A')), null);
  });

  test('VERSION leads in 4.0 wherever the client wrote it', () => {
    const upload = 'BEGIN:VCARD\r\nUID:u1\r\nFN:Ann\r\nVERSION:3.0\r\nEND:VCARD\r\n';
    assert.match(
      keepUnknown(parseCardText(RICH), parseCardText(upload)) ?? '',
      /^BEGIN:VCARD\r\nVERSION:4\.0\r\nUID:u1\r\n/,
    );
  });

  test('large cards pass quickly, larger ones are taken as they come', () => {
    const times = (count: number, line: (i: number) => string): readonly string[] =>
      Array.from({ length: count }, (_none, i) => line(i));
    const members = times(900, (i) => `MEMBER:urn:uuid:${i}`);
    const groups = times(450, (i) => `g${i}.TEL;PREF=2:${i}\r\ng${i}.X-ABLabel:${i}`);
    const edits = times(900, (i) => `TEL;X-P=${i}:${i}`);
    for (const lines of [members, groups, edits]) {
      const stored = card('4.0', 'FN:A', 'KIND:group', 'X-A:1', ...lines);
      const upload = through(stored, '3.0', (line) => lossy(line)?.replace(/^TEL/, 'TEL;TYPE=home') ?? null);
      const before = process.cpuUsage();
      assert.equal(kept(stored, upload)?.length, 904);
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 600_000, `${(user + system) / 1000} ms`);
    }
    const stored = card('4.0', 'FN:A', ...times(1000, (i) => `X-A:${i}`));
    assert.equal(kept(stored, card('3.0', 'FN:A')), null);
  });
});

describe('whatever a client drops', () => {
  const NAMES = ['RELATED', 'ANNIVERSARY', 'GENDER', 'X-A', 'X-B', 'LANG', 'TEL', 'EMAIL', 'NOTE', 'URL'];
  const line = fc
    .record({
      group: fc.constantFrom('', '', '', 'item1.', 'item2.'),
      name: fc.constantFrom(...NAMES),
      params: fc.constantFrom('', ';PREF=3', ';ALTID=1', ';TYPE=home', ';X-P=q', ';TYPE=work;PREF=2'),
      value: fc.constantFrom('a', 'b', 'c;d', '20100612', 'urn:x:y'),
    })
    .map(({ group, name, params, value }) => `${group}${name}${params}:${value}`);

  test('unknown lines and parameters are there again, known edits count', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (all) => {
        const stored = card('4.0', 'FN:A', ...all);
        const upload = through(stored, '3.0', (one) => lossy(one)?.replace('FN:A', 'FN:B') ?? null);
        const lines = kept(stored, upload);
        const unknown = all.filter((one) => /^(item\d\.)?(RELATED|ANNIVERSARY|GENDER|X-|LANG)/.test(one));
        if (lines === null)
          assert.ok(unknown.length === 0 && !all.some((one) => /PREF|ALTID|X-P/.test(one)), stored);
        else {
          assert.ok(lines.includes('FN:B'));
          const sorted = (list: readonly string[]): readonly string[] =>
            list.map((one) => one.replace(/^item\d\./, '')).toSorted();
          assert.deepEqual(sorted(lines.slice(1)), sorted(['FN:B', ...all]));
        }
      }),
      { numRuns: 300 },
    );
  });
});
