import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { escapeText } from '../ical/values.ts';
import { listObjects } from '../objects/service.ts';
import type { UserActor } from '../types.ts';
import type { Calendar } from './calendars.ts';

type Uses = Pick<App, 'db' | 'rules' | 'log'>;

/**
 * Streams a calendar as one iCalendar file: the components of all objects as they are stored, each VTIMEZONE once. An object
 * that cannot be read is left out and logged.
 */
export async function* exportCalendar(
  app: Uses,
  actor: UserActor,
  calendar: Calendar,
): AsyncGenerator<string> {
  authorize(actor, 'read', calendar);
  yield 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Daybook//EN\r\n';
  yield `X-WR-CALNAME:${escapeText(calendar.displayName)}\r\n`;
  const zones = new Set<string>();
  for await (const page of listObjects(app.db, calendar.id, { wantBody: true })) {
    for (const { body, name } of page) {
      if (body === null) continue;
      try {
        yield componentsOf(app, body, zones);
      } catch (error) {
        app.log.warn('export.object-failed', { name, error: String(error) });
      }
    }
  }
  yield 'END:VCALENDAR\r\n';
}

function componentsOf(app: Uses, body: Uint8Array, zones: Set<string>): string {
  const { root, text } = app.rules.parse(body);
  const parts: string[] = [];
  for (const child of root.components) {
    if (child.name === 'VTIMEZONE') {
      const id = child.properties.find((property) => property.name === 'TZID')?.value ?? '';
      if (zones.has(id)) continue;
      zones.add(id);
    }
    const part = text.slice(child.start, child.end);
    parts.push(part.endsWith('\n') ? part : `${part}\r\n`);
  }
  return parts.join('');
}
