/**
 * Wire goldens: `test/wire/*.http` hold conversations with one server, in order.
 *
 *     ### title of the exchange
 *     PUT /dav/calendars/ann/calendar/a.ics
 *     Content-Type: text/calendar
 *
 *     BEGIN:VCALENDAR …
 *     ### expect
 *     201
 *     ETag: "…"
 *
 *     body
 *
 * Bodies of calendar objects and cards have CRLF line ends. An `As: bob` header asks as bob, `As: nobody` as one who has
 * not signed in. `{{name}}` in an answer is whatever is found there the first time, and that text ever after, also in
 * requests. An expected XML body without any CR is compared without (RFC 4791 §9.6). Headers that are listed must be there; `Name: -` says that one must not. With `DAYBOOK_WRITE_GOLDENS=1` the
 * answers are written anew.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '../../models/types.ts';
import { canonicalXml } from './canonical-xml.ts';
import { openTestDav, type TestDav } from './dav.ts';
import type { Told } from './wire.ts';

interface Exchange {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly status: number | null;
  readonly expectedHeaders: readonly (readonly [string, string])[];
  readonly expectedBody: string;
}

const FOLDER = join(import.meta.dirname, '..', 'wire');
/** Headers that are written into a golden; those of every answer are left out. */
const TELLING = [
  'Content-Type',
  'ETag',
  'Last-Modified',
  'Location',
  'Allow',
  'Preference-Applied',
  'Content-Disposition',
];

type Part = {
  readonly head: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
};

function readPart(lines: readonly string[]): Part {
  const blank = lines.indexOf('');
  const top = blank < 0 ? lines : lines.slice(0, blank);
  const body = blank < 0 ? [] : lines.slice(blank + 1);
  while (body.at(-1) === '') body.pop();
  const headers = top.slice(1).map((line): readonly [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { head: top[0] ?? '', headers, body: body.join('\n') };
}

/** Reads the exchanges of a golden; what stands before the first is a comment. */
export function readGolden(source: string): readonly Exchange[] {
  const [, ...pieces] = source.split(/^### /m);
  const exchanges: Exchange[] = [];
  for (const piece of pieces) {
    const [title = '', ...lines] = piece.split('\n');
    const part = readPart(lines);
    const last = exchanges.at(-1);
    if (title.trim() === 'expect' && last !== undefined) {
      const { head, headers, body } = part;
      exchanges.splice(-1, 1, {
        ...last,
        status: Number(head),
        expectedHeaders: headers,
        expectedBody: body,
      });
      continue;
    }
    const [method = '', path = ''] = part.head.split(' ');
    const { headers, body } = part;
    exchanges.push({
      title: title.trim(),
      method,
      path,
      headers,
      body,
      status: null,
      expectedHeaders: [],
      expectedBody: '',
    });
  }
  return exchanges;
}

/** How canonical XML writes a CR. */
const CR = '&#13;';

const isText = (type: string | undefined): boolean => /^text\/(calendar|vcard)/.test(type ?? '');

/** Line ends as they are on the wire. */
function onWire(body: string, type: string | undefined): string {
  return isText(type) && body !== '' ? `${body.replaceAll('\n', '\r\n')}\r\n` : body;
}

/** An answer's body in the form that goldens hold. */
function shown(told: Told): string {
  const type = told.headers['content-type'];
  if (told.body === '') return '';
  if (/xml/.test(type ?? '')) return canonicalXml(told.bytes).trimEnd();
  if (!isText(type)) return told.body.trimEnd();
  assert.ok(!/[^\r]\n/.test(told.body), 'a line of the object ends in LF');
  return told.body.replaceAll('\r\n', '\n').trimEnd();
}

type Known = Map<string, string>;

function fill(template: string, known: Known): string {
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => known.get(name) ?? whole);
}

const escaped = (s: string): string => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Learns what the placeholders of a template stand for; leaves the comparison to the caller. */
function learn(template: string, actual: string, known: Known): void {
  const names: string[] = [];
  const pattern = fill(template, known)
    .split(/(\{\{\w+\}\})/)
    .map((piece) => {
      const name = /^\{\{(\w+)\}\}$/.exec(piece)?.[1];
      if (name === undefined) return escaped(piece);
      if (names.includes(name)) return `\\k<${name}>`;
      names.push(name);
      return `(?<${name}>[^\\n<>]+?)`;
    })
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(actual)?.groups ?? {};
  for (const name of names) if (found[name] !== undefined) known.set(name, found[name]);
}

function same(template: string, actual: string, known: Known, what: string): void {
  learn(template, actual, known);
  assert.equal(actual, fill(template, known), what);
}

/** Names for values that differ from run to run, so that a written golden holds placeholders in their place. */
function unfill(body: string, known: Known): string {
  let text = body;
  for (const [name, value] of known) text = text.replaceAll(value, `{{${name}}}`);
  return text;
}

function actorNamed(dav: TestDav, who: string): Actor {
  if (who === 'nobody') return { kind: 'anonymous' };
  assert.equal(who, 'bob', 'goldens know ann, bob and nobody');
  return dav.bob;
}

async function ask(dav: TestDav, exchange: Exchange, known: Known): Promise<Told> {
  const headers = Object.fromEntries(exchange.headers.map(([name, value]) => [name, fill(value, known)]));
  const { As: who, ...sent } = headers;
  const body = onWire(fill(exchange.body, known), sent['Content-Type']);
  return dav.ask({
    method: exchange.method,
    path: fill(exchange.path, known),
    headers: sent,
    body,
    as: who === undefined ? dav.ann : actorNamed(dav, who),
  });
}

function check(exchange: Exchange, told: Told, known: Known): void {
  assert.equal(told.status, exchange.status, told.body);
  for (const [name, value] of exchange.expectedHeaders) {
    const actual = told.headers[name.toLowerCase()];
    if (value === '-') assert.equal(actual, undefined, name);
    else same(value, actual ?? '', known, name);
  }
  const isXml = /xml/.test(told.headers['content-type'] ?? '');
  const expected = isXml ? canonicalXml(exchange.expectedBody).trimEnd() : exchange.expectedBody;
  const actual = expected.includes(CR) ? shown(told) : shown(told).replaceAll(CR, '');
  same(expected, actual, known, 'body');
}

/** Sync tokens bear an epoch that the database drew: each gets a name in order of appearance. */
function nameTokens(body: string, known: Known): void {
  for (const [token] of body.matchAll(/data:,s1\.[\w.-]+/g))
    if (![...known.values()].includes(token)) known.set(`token${known.size + 1}`, token);
}

function written(exchange: Exchange, told: Told, known: Known): string {
  nameTokens(told.body, known);
  const wanted = exchange.expectedHeaders.map(([name]) => name);
  const listed = [...new Set([...TELLING, ...wanted])].filter(
    (name) => told.headers[name.toLowerCase()] !== undefined,
  );
  const absent = exchange.expectedHeaders.filter(([, value]) => value === '-');
  const head = [
    ...listed.map((name) => `${name}: ${told.headers[name.toLowerCase()]}`),
    ...absent.map(([name]) => `${name}: -`),
  ];
  const { title, method, path, headers, body } = exchange;
  const request = [
    `### ${title}`,
    `${method} ${path}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : ['', body]),
  ];
  const answer = ['### expect', String(told.status), ...head];
  const content = shown(told);
  if (content !== '') answer.push('', content);
  return `${request.join('\n')}\n\n${unfill(answer.join('\n'), known)}\n`;
}

const WRITES = process.env['DAYBOOK_WRITE_GOLDENS'] === '1';

/** Runs one golden: each exchange is a test, all of them talk to one server with the users ann and bob. */
export function golden(file: string): void {
  const source = readFileSync(join(FOLDER, file), 'utf8');
  const exchanges = readGolden(source);
  const answers: string[] = [];
  describe(file, () => {
    let dav: TestDav;
    const known: Known = new Map();
    before(async () => {
      dav = await openTestDav();
    });
    after(async () => {
      await dav.close();
      const comment = source.split(/^### /m)[0] ?? '';
      if (WRITES) writeFileSync(join(FOLDER, file), comment + answers.join('\n'));
    });
    for (const exchange of exchanges)
      test(exchange.title, async () => {
        const told = await ask(dav, exchange, known);
        if (WRITES) answers.push(written(exchange, told, known));
        else check(exchange, told, known);
      });
  });
}

/** Runs every golden whose name begins so. */
export function goldens(prefix: string): void {
  const files = readdirSync(FOLDER).filter((name) => name.startsWith(prefix) && name.endsWith('.http'));
  assert.ok(files.length > 0, `no golden begins with ${prefix}`);
  for (const file of files.sort()) golden(file);
}
