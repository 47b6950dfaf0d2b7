import { joined } from '../json.ts';
import { toJcal } from './jcal.ts';
import { decodeText, readLines } from './lines.ts';
import { parseTree } from './parse.ts';
import { type CalendarDataRequest, type ProjectOptions, projectCalendar } from './project.ts';
import { projectTimezones } from './project-timezones.ts';
import type { RuleRunner } from './runner.ts';

/** The forms a stored calendar object is shown in. */

/** How an object is to be shown. */
export interface CalendarForm {
  /** Whether VTIMEZONEs of standard zones are wanted (RFC 7809 §7.1); null: as stored. */
  readonly timezones: boolean | null;
  /** As jCal (RFC 7265) instead of text. */
  readonly isJson: boolean;
}

/** As it is stored. */
export const AS_STORED: CalendarForm = { timezones: null, isJson: false };

/** Says whether a form is the stored bytes, whatever they are. */
export function isStoredForm({ timezones, isJson }: CalendarForm): boolean {
  return timezones === null && !isJson;
}

/** The object in a form, whole; the stored bytes themselves where they are that. Throws what `parseCalendar` throws. */
export async function representCalendar(
  body: Uint8Array,
  form: CalendarForm,
  runner: RuleRunner,
): Promise<Uint8Array | string> {
  const zoned = form.timezones === null ? body : await projectTimezones(body, form.timezones, runner);
  return form.isJson ? asJcal(zoned, runner) : zoned;
}

/** What a `calendar-data` element asks of an object, in a form. Throws what `projectCalendar` throws. */
export async function representPart(
  body: Uint8Array,
  request: CalendarDataRequest,
  form: CalendarForm,
  runner: RuleRunner,
  options: ProjectOptions,
): Promise<Uint8Array | string> {
  // Expanded instances are in UTC and have no zones.
  const timezones = request.expand === null ? form.timezones : null;
  const zoned = timezones === null ? body : await projectTimezones(body, timezones, runner);
  const shown = await projectCalendar(zoned, request, runner, options);
  return form.isJson ? asJcal(shown, runner) : shown;
}

async function asJcal(shown: Uint8Array | string, runner: RuleRunner): Promise<string> {
  await runner.rest();
  const [root] = parseTree(readLines(typeof shown === 'string' ? shown : decodeText(shown)));
  if (root === undefined) throw new TypeError('The text made for the answer is empty.');
  return joined(toJcal(root), runner.rest);
}
