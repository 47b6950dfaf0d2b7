import type { Element } from '@xmldom/xmldom';
import { children, foundProps, holds, parseBody, responses } from './answer-xml.ts';
import { type Answer, send, sendFollowing } from './http.ts';

type Name = readonly [string, string];

interface Capture {
  readonly from: 'prop' | 'header' | 'sync-token' | 'request-path';
  readonly name?: Name | string;
  readonly child?: string | null;
  readonly strip?: string;
}

interface Expectation {
  readonly status: readonly number[];
  readonly must_contain: readonly Name[];
  readonly must_not_contain?: readonly Name[];
  readonly body_contains?: readonly string[];
  readonly body_excludes?: readonly string[];
  readonly member_404?: readonly string[];
  readonly headers?: readonly (readonly [string, string])[];
  readonly all_200?: boolean;
  readonly every_response_has?: readonly Name[];
  readonly every_calendar_has?: readonly Name[];
  readonly first_status?: string;
  readonly token_matches?: string;
  readonly href_equals_request?: boolean;
}

export interface Step {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly expect: Expectation;
  readonly auth?: boolean;
  readonly follow?: boolean;
  readonly optional?: string;
  readonly capture?: Readonly<Record<string, Capture>>;
}

export interface Place {
  readonly origin: string;
  readonly base: string;
  readonly user: string;
  readonly password: string;
}

const DAV = 'DAV:';
const CALDAV = 'urn:ietf:params:xml:ns:caldav';

/** What a step starts with when no earlier step captured it. */
function defaults(place: Place): Map<string, string> {
  const { base, user, origin } = place;
  return new Map([
    ['base', base],
    ['user', user],
    ['origin', origin],
    ['principal', `${base}/principals/${user}/`],
    ['calendar_home', `${base}/calendars/${user}/`],
    ['addressbook_home', `${base}/addressbooks/${user}/`],
    ['inbox', `${base}/calendars/${user}/inbox/`],
    ['outbox', `${base}/calendars/${user}/outbox/`],
    ['notifications', `${base}/calendars/${user}/notification/`],
  ]);
}

/** Plays one recorded session in order; every step's complaints are returned, none is thrown. */
export class SessionPlayer {
  readonly #place: Place;
  readonly #known: Map<string, string>;

  constructor(place: Place) {
    this.#place = place;
    this.#known = defaults(place);
  }

  /** Sends the step and gives what is wrong with the answer; empty when all holds. */
  async play(step: Step): Promise<readonly string[]> {
    const path = this.#pathOnly(await this.#fill(step.path));
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(step.headers)) {
      if (name.toLowerCase() !== 'content-length') headers[name] = await this.#fill(value);
    }
    if (step.auth !== false) headers['Authorization'] = this.#authorization();
    const body = step.body === null ? null : await this.#fill(step.body);
    const call = { origin: this.#place.origin, method: step.method, path, headers, body };
    const answer = step.follow === false ? await send(call) : await sendFollowing(call);
    const complaints = await this.#judge(step, answer);
    if (complaints.length === 0) this.#capture(step, answer);
    return complaints;
  }

  #authorization(): string {
    return `Basic ${Buffer.from(`${this.#place.user}:${this.#place.password}`).toString('base64')}`;
  }

  #pathOnly(value: string): string {
    return /^https?:/.test(value) ? new URL(value).pathname : value;
  }

  /** Replaces `{name}`, `{path:name}` and `{etag:url}`; XML bodies hold no braces of their own. */
  async #fill(template: string): Promise<string> {
    let out = template.replace(/\{path:([a-z_]+)\}/g, (whole, name: string) => {
      const value = this.#known.get(name);
      return value === undefined ? whole : this.#pathOnly(value);
    });
    out = out.replace(/\{([a-z_]+)\}/g, (whole, name: string) => this.#known.get(name) ?? whole);
    for (const match of [...out.matchAll(/\{etag:([^}]+)\}/g)]) {
      out = out.replace(match[0], await this.#currentEtag(this.#pathOnly(match[1] ?? '')));
    }
    return out;
  }

  async #currentEtag(path: string): Promise<string> {
    const answer = await send({
      origin: this.#place.origin,
      method: 'PROPFIND',
      path,
      headers: { Authorization: this.#authorization(), Depth: '0', 'Content-Type': 'application/xml' },
      body: '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
    });
    const root = parseBody(answer.body);
    return (
      (root && foundProps(root).find((p) => p.localName === 'getetag')?.textContent) ?? `no etag of ${path}`
    );
  }

  #capture(step: Step, answer: Answer): void {
    const root = parseBody(answer.body);
    for (const [variable, how] of Object.entries(step.capture ?? {})) {
      const value = this.#captured(how, root, answer);
      if (value !== null)
        this.#known.set(variable, how.strip === undefined ? value : value.replaceAll(how.strip, ''));
    }
  }

  #captured(how: Capture, root: Element | null, answer: Answer): string | null {
    if (how.from === 'request-path') return answer.path;
    if (how.from === 'header') return answer.headers[String(how.name).toLowerCase()] ?? null;
    if (root === null) return null;
    if (how.from === 'sync-token') return children(root, DAV, 'sync-token')[0]?.textContent ?? null;
    const [namespace, local] = how.name ?? ['', ''];
    const prop = foundProps(root).find((p) => p.namespaceURI === namespace && p.localName === local);
    if (prop === undefined) return null;
    if (how.child === null || how.child === undefined) return prop.textContent;
    return children(prop, DAV, how.child)[0]?.textContent ?? null;
  }

  async #judge(step: Step, answer: Answer): Promise<readonly string[]> {
    const { expect } = step;
    const wrong: string[] = [];
    if (!expect.status.includes(answer.status)) {
      wrong.push(
        `status ${answer.status}, expected ${expect.status.join('|')}: ${answer.body.slice(0, 400)}`,
      );
    }
    for (const [name, pattern] of expect.headers ?? []) {
      const insensitive = pattern.startsWith('(?i)');
      const value = answer.headers[name.toLowerCase()] ?? '';
      if (!new RegExp(insensitive ? pattern.slice(4) : pattern, insensitive ? 'i' : '').test(value)) {
        wrong.push(`header ${name} is "${value}", expected ${pattern}`);
      }
    }
    for (const part of expect.body_contains ?? []) {
      const wanted = await this.#fill(part);
      if (!answer.body.includes(wanted))
        wrong.push(`body lacks ${JSON.stringify(wanted)}: ${answer.body.slice(0, 1500)}`);
    }
    for (const part of expect.body_excludes ?? []) {
      if (answer.body.includes(await this.#fill(part))) wrong.push(`body holds ${part}`);
    }
    wrong.push(...(await this.#judgeXml(step, answer)));
    return wrong;
  }

  async #judgeXml(step: Step, answer: Answer): Promise<readonly string[]> {
    const { expect } = step;
    const root = parseBody(answer.body);
    if (root === null) {
      const succeeded = expect.all_200 === true && answer.body === '';
      return expect.must_contain.length > 0 && !succeeded
        ? [`no XML to look at: ${answer.body.slice(0, 200)}`]
        : [];
    }
    const places =
      answer.status === 207 ? [...foundProps(root), ...children(root, DAV, 'sync-token')] : [root];
    const has = ([namespace, local]: Name): boolean => places.some((place) => holds(place, namespace, local));
    const wrong = expect.must_contain
      .filter((n) => !has(n))
      .map((n) => `lacks ${n.join('')}: ${answer.body.slice(0, 1500)}`);
    wrong.push(...(expect.must_not_contain ?? []).filter(has).map((n) => `must not contain ${n.join('')}`));
    for (const href of expect.member_404 ?? []) {
      const wanted = await this.#fill(href);
      const entry = responses(root).find((r) => r.href === wanted);
      if (entry?.status !== 'HTTP/1.1 404 Not Found') wrong.push(`no response-level 404 for ${wanted}`);
    }
    wrong.push(...judgeShape(expect, root, answer));
    return wrong;
  }
}

/** The checks that look at the multistatus as a whole. */
function judgeShape(expect: Expectation, root: Element, answer: Answer): string[] {
  const wrong: string[] = [];
  const all = responses(root);
  const inFound = (r: (typeof all)[number], [namespace, local]: Name): boolean =>
    r.propstats.some(
      (p) =>
        p.status === 'HTTP/1.1 200 OK' &&
        p.props.some((e) => e.namespaceURI === namespace && e.localName === local),
    );
  if (expect.all_200 === true && all.some((r) => r.propstats.some((p) => !/^HTTP\/1\.1 2/.test(p.status)))) {
    wrong.push(`a propstat is not 2xx: ${answer.body}`);
  }
  for (const name of expect.every_response_has ?? []) {
    for (const r of all) if (!inFound(r, name)) wrong.push(`${r.href} lacks ${name.join('')}`);
  }
  for (const name of expect.every_calendar_has ?? []) {
    const calendars = all.filter((r) =>
      r.propstats.some((p) =>
        p.props.some((e) => e.localName === 'resourcetype' && holds(e, CALDAV, 'calendar')),
      ),
    );
    if (calendars.length === 0) wrong.push('no calendar in the answer');
    for (const r of calendars) if (!inFound(r, name)) wrong.push(`calendar ${r.href} lacks ${name.join('')}`);
  }
  if (expect.first_status !== undefined) {
    for (const r of all)
      if ((r.status ?? r.propstats[0]?.status) !== expect.first_status)
        wrong.push(`${r.href}: first status is not ${expect.first_status}`);
  }
  if (expect.token_matches !== undefined) {
    const token = children(root, DAV, 'sync-token')[0]?.textContent ?? '';
    if (!new RegExp(expect.token_matches).test(token)) wrong.push(`token ${token}`);
  }
  if (expect.href_equals_request === true && !all.some((r) => r.href === answer.path))
    wrong.push(`no response for ${answer.path}`);
  return wrong;
}
