import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../../models/errors.ts';
import { child } from '../../../protocols/xml/element.ts';
import { parseXml, REPORT_LIMITS, XML_LIMITS } from '../../../protocols/xml/parse.ts';
import { serialize } from '../../../protocols/xml/serialize.ts';
import { document, text } from '../../../protocols/xml/write.ts';

const read = (source: string | Uint8Array, type: string | null = null) =>
  parseXml(typeof source === 'string' ? Buffer.from(source) : source, type, XML_LIMITS);

/** True when the body is refused with 400 within the time. */
function refused(source: string | Uint8Array, type: string | null = null, withinMs = 1_000): void {
  const start = performance.now();
  assert.throws(
    () => read(source, type),
    (error) => error instanceof Refusal && error.status === 400,
    typeof source === 'string' ? source.slice(0, 80) : 'bytes',
  );
  const tookMs = performance.now() - start;
  assert.ok(tookMs < withinMs, `took ${tookMs} ms`);
}

describe('reading a body', () => {
  test('names are expanded, whatever the prefixes', () => {
    const root = read('<A:propfind xmlns:A="DAV:"><A:prop><getetag xmlns="DAV:"/></A:prop></A:propfind>');
    assert.equal(root.name, '{DAV:}propfind');
    const prop = child(root, '{DAV:}prop');
    assert.equal(prop && child(prop, '{DAV:}getetag')?.name, '{DAV:}getetag');
  });

  test('text, character data sections and references arrive as text', () => {
    assert.equal(read('<a>x &lt; y&#13;<![CDATA[ & z]]>\r\n</a>').text, 'x < y\r & z\n');
  });

  test('the language in force is inherited', () => {
    const root = read('<a xml:lang="de"><b>x</b></a>');
    assert.equal(child(root, '{}b')?.lang, 'de');
  });

  test('names that objects have by nature are names like any other', () => {
    const root = read('<__proto__ constructor="1"><hasOwnProperty/></__proto__>');
    assert.equal(root.name, '{}__proto__');
    assert.equal(root.attributes.get('constructor'), '1');
    assert.equal(Object.keys(Object.prototype).length, 0);
  });

  test('a byte order mark, UTF-16 and plain ASCII under another name are read', () => {
    assert.equal(read('\ufeff<a>ä</a>').text, 'ä');
    assert.equal(
      read(Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>ä</a>', 'utf16le')).text,
      'ä',
    );
    assert.equal(read('<a>x</a>', 'text/xml; charset="ISO-8859-1"').text, 'x');
    assert.equal(read('<a>ä</a>', 'text/xml; charset="utf-8"').text, 'ä');
  });
});

describe('bodies that are refused', () => {
  const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`);
  const documents: readonly (readonly [string, string])[] = [
    ['entity bomb', `<!DOCTYPE a [<!ENTITY e0 "x">${entities.join('')}]><a>&e30;</a>`],
    ['quadratic', `<!DOCTYPE a [<!ENTITY e "${'x'.repeat(50_000)}">]><a>${'&e;'.repeat(20_000)}</a>`],
    ['an entity of itself', '<!DOCTYPE a [<!ENTITY e "&e;">]><a>&e;</a>'],
    ['external entity', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'],
    ['parameter entity', '<!DOCTYPE a [<!ENTITY % e SYSTEM "http://127.0.0.1:5449/">%e;]><a/>'],
    ['doctype', '<!DOCTYPE html><html/>'],
    ['doctype far down', `<?xml version="1.0"?>${' '.repeat(3_000)}<!DOCTYPE a><a/>`],
    ['unknown entity', '<a>&nbsp;</a>'],
    ['NUL', '<a>\u0000</a>'],
    ['control character', '<a>\u0001</a>'],
    ['reference to NUL', '<a>&#0;</a>'],
    ['reference to a non-character', '<a>&#xFFFF;</a>'],
    ['reference beyond Unicode', '<a>&#x110000;</a>'],
    ['reference to a surrogate', '<a>&#xD800;</a>'],
    ['unbound prefix', '<x:a/>'],
    ['prefix bound to nothing', '<x:a xmlns:x=""/>'],
    ['two roots', '<a/><b/>'],
    ['no root', ''],
    ['text only', 'hello'],
    ['not closed', '<a><b></a>'],
    ['HTML', '<html><br><p>hi</html>'],
    ['encoding lie', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['UTF-7', '<?xml version="1.0" encoding="UTF-7"?><a/>'],
    ['unknown encoding', '<?xml version="1.0" encoding="klingon"?><a/>'],
  ];
  for (const [what, body] of documents) test(what, () => refused(body, null, 100));

  test('bytes that are not the encoding they claim', () => {
    refused(Buffer.from([0x3c, 0x61, 0x3e, 0xc3, 0x28, 0x3c, 0x2f, 0x61, 0x3e]));
    refused('<a>ä</a>', 'text/xml; charset=iso-8859-1');
  });

  for (const depth of [5_000, 50_000, 300_000])
    test(`${depth} levels`, () => refused('<a>'.repeat(depth) + '</a>'.repeat(depth), null, 50));
  test('500 000 elements left open', () => refused('<a>'.repeat(500_000), null, 50));

  test('too much of one thing', () => {
    refused(`<a ${Array.from({ length: 20_000 }, (_, i) => `a${i}="x"`).join(' ')}/>`);
    refused(`<a ${Array.from({ length: 3_000 }, (_, i) => `xmlns:n${i}="urn:${i}"`).join(' ')}/>`);
    refused(`<a>${Array.from({ length: 3_000 }, (_, i) => `<b xmlns="urn:${i}"/>`).join('')}</a>`);
    refused(`<a>${'<b/>'.repeat(20_001)}</a>`);
    refused(`<${'a'.repeat(200_000)}/>`);
    refused(`<a ${'a'.repeat(200_000)}="1"/>`);
    refused(`<a xmlns="${'a'.repeat(200_000)}"/>`);
  });

  test('a report may list 50 000 hrefs', () => {
    const body = `<m xmlns="DAV:">${'<href>/dav/x.ics</href>'.repeat(50_000)}</m>`;
    assert.equal(parseXml(Buffer.from(body), null, REPORT_LIMITS).children.length, 50_000);
  });
});

describe('storing an element', () => {
  const roundTrip = (source: string): string =>
    serialize(read(document('{DAV:}prop', serialize(read(source)))).children[0] as never);

  test('attributes, language, carriage returns and namespaces survive', () => {
    const source =
      '<I:calendar-color xmlns:I="http://apple.com/ns/ical/" symbolic-color="red" xml:lang="de" xmlns:y="urn:y" y:z="1&quot;">#FF&#13;\n<y:in xmlns="urn:q"><deep/>t</y:in></I:calendar-color>';
    const once = serialize(read(source));
    assert.match(once, /^<IC:calendar-color /);
    assert.match(once, /symbolic-color="red"/);
    assert.match(once, /xml:lang="de"/);
    assert.match(once, /#FF&#13;\n/);
    assert.equal(roundTrip(source), once);
  });

  test('what has no namespace stays so, and names a library could trip over are kept', () => {
    const source =
      '<q:a xmlns:q="urn:q" xmlns:d="DAV:"><b c="&#10;&amp;"/><d:x/><q:constructor q:__proto__="1"/>]]&gt;</q:a>';
    const once = serialize(read(source));
    const prop = read(document('{DAV:}prop', once)).children[0];
    assert.ok(prop !== undefined && typeof prop !== 'string');
    assert.deepEqual(prop, read(source));
    assert.equal(serialize(prop), once);
  });

  test('a language from outside is written down', () => {
    const prop = read('<prop xmlns="DAV:" xml:lang="fr"><displayname>x</displayname></prop>');
    const [name] = prop.children;
    assert.ok(name !== undefined && typeof name !== 'string');
    assert.equal(serialize(name), '<D:displayname xml:lang="fr" xmlns:D="DAV:">x</D:displayname>');
  });

  test('text is escaped, what XML cannot carry is dropped', () => {
    assert.equal(text('a<b>&\r\u0000'), 'a&lt;b&gt;&amp;&#13;');
  });
});
