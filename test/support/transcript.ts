import { elements, type XmlElement } from '../../protocols/xml/element.ts';
import { parseXml, XML_LIMITS } from '../../protocols/xml/parse.ts';
import type { Ask, Told } from './wire.ts';

/** One exchange of a recorded transcript. */
export interface Exchange {
  /** Line of the request in its file. */
  readonly line: number;
  readonly ask: Ask;
  /** Who asks: `ann` unless a line `@ bob` or `@ nobody` stands before the request. */
  readonly who: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: the body is not looked at. */
  readonly body: string | null;
}

interface Part {
  readonly first: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function readPart(lines: readonly string[]): Part {
  const [first = '', ...rest] = lines;
  const gap = rest.indexOf('');
  const head = gap === -1 ? rest : rest.slice(0, gap);
  const headers: Record<string, string> = {};
  for (const line of head)
    headers[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 1).trim();
  return { first, headers, body: gap === -1 ? '' : rest.slice(gap + 1).join('\n') };
}

/**
 * Reads a transcript: lines `> ` are a request (method and path, headers, an empty line, body), lines `< ` its answer
 * (status, headers, an empty line, body), `@ name` says who asks from there on, everything else is commentary.
 */
export function readTranscript(source: string): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  let [asked, told]: [string[], string[]] = [[], []];
  let [who, line] = ['ann', 0];
  const flush = (): void => {
    if (asked.length > 0) exchanges.push(exchange(asked, told, who, line));
    [asked, told] = [[], []];
  };
  for (const [at, text] of source.split('\n').entries()) {
    const mark = text.slice(0, 1);
    if (mark === '>' && told.length > 0) flush();
    if (mark === '>' && asked.length === 0) line = at + 1;
    if (mark === '>') asked.push(text.slice(2));
    else if (mark === '<') told.push(text.slice(2));
    else if (mark === '@') {
      flush();
      who = text.slice(2).trim();
    }
  }
  flush();
  return exchanges;
}

function exchange(asked: readonly string[], told: readonly string[], who: string, line: number): Exchange {
  const request = readPart(asked);
  const answer = readPart(told);
  const [method = '', path = ''] = request.first.split(' ');
  const isCalendar = /calendar|vcard/.test(request.headers['Content-Type'] ?? '');
  const body = isCalendar ? request.body.replaceAll('\n', '\r\n') : request.body;
  return {
    line,
    ask: { method, path, headers: request.headers, body },
    who,
    status: Number(answer.first),
    headers: answer.headers,
    body: told.includes('') ? answer.body : null,
  };
}

/** An element in one form: sorted attributes, no space around text, multistatus properties in the order they stand. */
function canonical(element: XmlElement): string {
  const attributes = [...element.attributes].sort().map(([name, value]) => ` ${name}="${value}"`);
  const inner = elements(element).map(canonical).join('');
  const text = inner === '' ? element.text.trim() : '';
  return `<${element.name}${attributes.join('')}>${inner}${text}</>\n`;
}

function canonicalBody(body: string): string {
  if (!body.trimStart().startsWith('<')) return body.trim();
  return canonical(parseXml(Buffer.from(body), null, XML_LIMITS));
}

/** Makes `…` of an expected text stand for anything within one value. */
function patternOf(expected: string): RegExp {
  const parts = expected.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^<>]*')}$`);
}

/** What is wrong with an answer; empty when all holds. */
export function complaintsAbout(expected: Exchange, told: Told): readonly string[] {
  const found: string[] = [];
  if (told.status !== expected.status)
    found.push(`status ${told.status} instead of ${expected.status}: ${told.body}`);
  for (const [name, value] of Object.entries(expected.headers)) {
    const shown = told.headers[name.toLowerCase()] ?? '(none)';
    if (!patternOf(value).test(shown)) found.push(`${name}: ${shown} instead of ${value}`);
  }
  if (expected.body === null) return found;
  const [shown, wanted] = [canonicalBody(told.body), canonicalBody(expected.body)];
  if (!patternOf(wanted).test(shown)) found.push(`body\n${shown}instead of\n${wanted}`);
  return found;
}
