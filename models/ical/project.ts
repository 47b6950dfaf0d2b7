import { all, type Component, children } from './component.ts';
import { overlaps, rangeTest } from './filter-time.ts';
import { readLines } from './lines.ts';
import { parseStored, parseTree } from './parse.ts';
import { expandText } from './project-expand.ts';
import type { RuleRunner } from './runner.ts';
import { cut, type Edit, editText, withValue } from './serialize.ts';
import { endOf, type Length, type Moment, type Reading, readSeries } from './series.ts';
import { periodSpan } from './spans.ts';
import type { Zone } from './zones.ts';

/** What `CALDAV:calendar-data` asks to see of an object (RFC 4791 §9.6); the lines that stay are the lines that were sent. */

/** A window with both ends, UTC epoch seconds. */
export interface Window {
  readonly startUtc: number;
  readonly endUtc: number;
}

/** `CALDAV:comp` of a request: which properties and components to keep (RFC 4791 §9.6.1); names are upper-case. */
export interface CompRequest {
  readonly name: string;
  /** `CALDAV:allprop`. */
  readonly allProps: boolean;
  readonly props: readonly PropRequest[];
  /** `CALDAV:allcomp`. */
  readonly allComps: boolean;
  readonly comps: readonly CompRequest[];
}

export interface PropRequest {
  readonly name: string;
  /** Only the name is wanted, not the value (RFC 4791 §9.6.4). */
  readonly noValue: boolean;
}

/** What a `CALDAV:calendar-data` element asks for (RFC 4791 §9.6); all null: the bytes as they are. */
export interface CalendarDataRequest {
  readonly comp: CompRequest | null;
  readonly expand: Window | null;
  readonly limitRecurrenceSet: Window | null;
  readonly limitFreebusySet: Window | null;
}

export interface ProjectOptions {
  /** The zone floating times are read in. */
  readonly floating: Zone;
  /** Instances `expand` may write. Throws Precondition `max-instances` above. */
  readonly maxInstances: number;
}

/**
 * Makes the answer to a `calendar-data` element from stored bytes: the same bytes where nothing is asked, else text.
 * Throws Precondition `max-instances`, and what `parseCalendar` throws.
 */
export async function projectCalendar(
  body: Uint8Array,
  request: CalendarDataRequest,
  runner: RuleRunner,
  options: ProjectOptions,
): Promise<Uint8Array | string> {
  const { comp, expand, limitRecurrenceSet, limitFreebusySet } = request;
  if (comp === null && expand === null && limitRecurrenceSet === null && limitFreebusySet === null)
    return body;
  await runner.rest();
  const parsed = parseStored(body, runner.zones);
  const reading: Reading = { zones: parsed.zones, floating: options.floating };
  let tree: Tree = { text: parsed.text, root: parsed.root };
  if (expand !== null) tree = treeOf(await expandText(parsed, expand, runner, options));
  else if (limitRecurrenceSet !== null) tree = limitRecurrences(tree, limitRecurrenceSet, reading);
  if (limitFreebusySet !== null) tree = limitFreebusy(tree, limitFreebusySet, reading);
  return comp === null ? tree.text : selectParts(tree, comp);
}

interface Tree {
  readonly text: string;
  readonly root: Component;
}

function treeOf(text: string): Tree {
  const [root] = parseTree(readLines(text));
  if (root === undefined) throw new TypeError('The text made for the answer is empty.');
  return { text, root };
}

function edited(tree: Tree, edits: readonly Edit[]): Tree {
  return edits.length === 0 ? tree : treeOf(editText(tree.text, edits));
}

/** Leaves out overrides that touch the window neither where they are nor where they were (RFC 4791 §9.6.6). */
function limitRecurrences(tree: Tree, window: Window, reading: Reading): Tree {
  const { startUtc, endUtc } = window;
  const edits: Edit[] = [];
  for (const series of readSeries(tree.root, reading)) {
    if (series.master === null) continue;
    for (const { component, recurrenceId, start, length, isRanged } of series.overrides) {
      const touches = (at: Moment, lasting: Length): boolean =>
        rangeTest(component)(at.utc, endOf(at.utc, at.local, at.zone, lasting), startUtc, endUtc);
      const isNear = touches(recurrenceId, series.length) || (start !== null && touches(start, length));
      const shiftsLater = isRanged && recurrenceId.utc < endUtc;
      if (!isNear && !shiftsLater) edits.push(cut(component));
    }
  }
  return edited(tree, edits);
}

/** Leaves out FREEBUSY periods outside the window (RFC 4791 §9.6.7). */
function limitFreebusy(tree: Tree, window: Window, reading: Reading): Tree {
  const edits: Edit[] = [];
  for (const component of children(tree.root, 'VFREEBUSY')) {
    for (const property of all(component, 'FREEBUSY')) {
      const values = property.value.split(',');
      const kept = values.filter((value) => {
        const span = periodSpan(value, undefined, reading);
        return span === null || overlaps(span.startUtc, span.endUtc, window.startUtc, window.endUtc);
      });
      if (kept.length === 0) edits.push(cut(property));
      else if (kept.length < values.length) edits.push(withValue(tree.text, property, kept.join(',')));
    }
  }
  return edited(tree, edits);
}

/** Keeps the components and properties that were asked for (RFC 4791 §9.6.1). */
function selectParts(tree: Tree, request: CompRequest): string {
  const edits: Edit[] = [];
  if (request.name === tree.root.name) select(tree, tree.root, request, edits);
  return editText(tree.text, edits);
}

function select(tree: Tree, component: Component, request: CompRequest, edits: Edit[]): void {
  // A component named without contents is wanted whole, as VTIMEZONE is in the example of RFC 4791 §7.8.1.
  const isBare = request.props.length + request.comps.length === 0;
  if (isBare && !request.allProps && !request.allComps) return;
  if (!request.allProps) {
    for (const property of component.properties) {
      const wanted = request.props.find((prop) => prop.name === property.name);
      if (wanted === undefined) edits.push(cut(property));
      else if (wanted.noValue) edits.push(withValue(tree.text, property, ''));
    }
  }
  if (request.allComps) return;
  for (const child of component.components) {
    const wanted = request.comps.find((comp) => comp.name === child.name);
    if (wanted === undefined) edits.push(cut(child));
    else select(tree, child, wanted, edits);
  }
}
