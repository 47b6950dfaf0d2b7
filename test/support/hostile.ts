import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type Answer, send } from '../clients/http.ts';

/** Where a hostile test speaks to. */
export interface Target {
  readonly origin: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The `Authorization` value of the target's user. */
export function basic(target: Target): string {
  return `Basic ${Buffer.from(`${target.user}:${target.password}`).toString('base64')}`;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One signed-in request. */
export function ask(
  target: Target,
  method: string,
  path: string,
  { headers = {}, body }: Ask = {},
): Promise<Answer> {
  return send({
    origin: target.origin,
    method,
    path,
    headers: { Authorization: basic(target), ...headers },
    body: body ?? null,
  });
}

export interface Timed extends Answer {
  readonly ms: number;
}

/** The same with its duration. */
export async function askTimed(
  target: Target,
  method: string,
  path: string,
  options: Ask = {},
): Promise<Timed> {
  const began = performance.now();
  const answer = await ask(target, method, path, options);
  return { ...answer, ms: performance.now() - began };
}

/** Writes bytes to a socket and gives everything that comes back until it closes or `waitMs` passes. */
export function raw(target: Target, bytes: string | Buffer, waitMs = 1500): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(target.port, '127.0.0.1');
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    const timer = setTimeout(finish, waitMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', finish);
    socket.on('close', finish);
    socket.write(bytes);
  });
}

/** Status codes of the answers in a raw conversation. */
export function statuses(conversation: string): readonly number[] {
  return [...conversation.matchAll(/(?:^|<\/[\w:]+>)HTTP\/1\.1 (\d{3})/gm)].map((m) => Number(m[1]));
}

/** The local name of the first condition in a `DAV:error` body. */
export function condition(answer: Answer): string | null {
  return /<D:error[^>]*>\s*<(?:[\w-]+:)?([\w-]+)/.exec(answer.body)?.[1] ?? null;
}

/** Fails unless the answer is one of the statuses, and names the condition where one is asked for. */
export function expectRefused(
  answer: Answer,
  allowed: readonly number[],
  conditions: readonly string[] = [],
): void {
  assert.ok(
    allowed.includes(answer.status),
    `status ${answer.status}, allowed ${allowed.join(', ')}: ${answer.body.slice(0, 300)}`,
  );
  assert.doesNotMatch(
    answer.body,
    /\bat \S+ \(|node_modules|SQLITE|SELECT |root:/,
    'an error must not show the inside',
  );
  if (conditions.length > 0 && answer.status === 403) {
    assert.ok(
      conditions.includes(condition(answer) ?? ''),
      `condition ${condition(answer)}, allowed ${conditions.join(', ')}: ${answer.body.slice(0, 300)}`,
    );
  }
}

const CRLF = '\r\n';

/** A calendar object around the lines of a component's inside. */
export function event(uid: string, ...lines: readonly string[]): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261101T000000Z',
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join(CRLF);
}

/** A plain event one hour long. */
export function plainEvent(uid: string, summary = 'Plain'): string {
  return event(uid, 'DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z', `SUMMARY:${summary}`);
}

/** A vCard 3.0 with more lines. */
export function card(uid: string, ...lines: readonly string[]): string {
  return [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${uid}`,
    'FN:Ada Test',
    'N:Test;Ada;;;',
    ...lines,
    'END:VCARD',
    '',
  ].join(CRLF);
}
