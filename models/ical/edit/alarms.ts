import { type Component, children, first, param, rawValue } from '../component.ts';
import { escapeText, parseDuration, SECONDS_PER_DAY } from '../values.ts';
import { cutPart, type Draft, insertComponent, replaceValue } from './splice.ts';

/** The one reminder a form shows; every other alarm stays as it is. */

/** Minutes before the start that a plain alarm rings at; null for one that is not plain. */
function minutesBefore(alarm: Component): number | null {
  const action = rawValue(alarm, 'ACTION')?.trim().toUpperCase();
  const trigger = first(alarm, 'TRIGGER');
  if (trigger === undefined || (action !== 'DISPLAY' && action !== 'AUDIO')) return null;
  if (first(alarm, 'REPEAT') !== undefined || param(trigger, 'VALUE')?.toUpperCase() === 'DATE-TIME')
    return null;
  const duration = parseDuration(trigger.value.trim());
  if (duration === null) return null;
  const seconds = duration.days * SECONDS_PER_DAY + duration.seconds;
  return seconds > 0 || seconds % 60 !== 0 ? null : Math.abs(seconds / 60);
}

/** The alarm a form shows: the first plain one. */
function shownAlarm(component: Component): { readonly alarm: Component; readonly minutes: number } | null {
  for (const alarm of children(component, 'VALARM')) {
    const minutes = minutesBefore(alarm);
    if (minutes !== null) return { alarm, minutes };
  }
  return null;
}

/** Minutes before the start (of a task: before it is due) that the shown reminder rings at; null when there is none. */
export function readReminder(component: Component): number | null {
  return shownAlarm(component)?.minutes ?? null;
}

/** Minutes of every plain reminder, and how many other alarms there are. */
export function readAlarms(component: Component): {
  readonly minutes: readonly number[];
  readonly others: number;
} {
  const all = children(component, 'VALARM').map(minutesBefore);
  const minutes = all.filter((one) => one !== null);
  return { minutes, others: all.length - minutes.length };
}

/** A trigger that many minutes before. */
export function triggerText(minutes: number): string {
  if (minutes === 0) return 'PT0S';
  if (minutes % 1440 === 0) return `-P${minutes / 1440}D`;
  return minutes % 60 === 0 ? `-PT${minutes / 60}H` : `-PT${minutes}M`;
}

/** Lines of a new reminder. A task without a start counts from when it is due (RFC 5545 §3.8.6.3). */
export function alarmLines(minutes: number, text: string, isFromEnd: boolean): readonly string[] {
  return [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escapeText(text)}`,
    `TRIGGER${isFromEnd ? ';RELATED=END' : ''}:${triggerText(minutes)}`,
    'END:VALARM',
  ];
}

/** Sets the shown reminder; null takes it away. */
export function setReminder(draft: Draft, component: Component, minutes: number | null, text: string): void {
  const shown = shownAlarm(component);
  if (shown === null) {
    const isFromEnd = component.name === 'VTODO' && first(component, 'DTSTART') === undefined;
    if (minutes !== null) insertComponent(draft, component, alarmLines(minutes, text, isFromEnd));
    return;
  }
  if (minutes === null) {
    cutPart(draft, shown.alarm);
    return;
  }
  const trigger = first(shown.alarm, 'TRIGGER');
  if (trigger !== undefined && minutes !== shown.minutes) replaceValue(draft, trigger, triggerText(minutes));
}
