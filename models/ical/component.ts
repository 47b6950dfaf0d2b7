/** The light tree of an iCalendar object: what parsing makes and everything else reads. Never serialised back. */

/** Parameters by upper-case name; values without their quotes, still RFC 6868 encoded. */
export type Params = ReadonlyMap<string, readonly string[]>;

/** One content line (RFC 5545 §3.1), unfolded; `start` and `end` are its place in the text it was read from. */
export interface Property {
  /** Upper-case. */
  readonly name: string;
  readonly params: Params;
  /** As written: still escaped, still one string where the property has a list. */
  readonly value: string;
  /** 1-based number of the first physical line. */
  readonly line: number;
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the last character, the line end included. */
  readonly end: number;
}

/** One `BEGIN` … `END` block; `start` and `end` span both of these lines. */
export interface Component {
  /** Upper-case. */
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** Components that a calendar object can be made of (RFC 4791 §4.1, RFC 7953 §7.1). */
export const OBJECT_COMPONENTS: ReadonlySet<string> = new Set([
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
]);

/** Says whether the start of a component is that of an instance; VFREEBUSY and VAVAILABILITY have spans instead. */
export function hasInstances(component: Component): boolean {
  return component.name !== 'VFREEBUSY' && component.name !== 'VAVAILABILITY';
}

/** The parameters of a property that has none. */
export const NO_PARAMS: Params = new Map();

/** Finds the first property of that upper-case name. */
export function first(component: Component, name: string): Property | undefined {
  for (const property of component.properties) if (property.name === name) return property;
  return undefined;
}

/** Lists the properties of that upper-case name in the order of the file. */
export function all(component: Component, name: string): Property[] {
  return component.properties.filter((property) => property.name === name);
}

/** Reads the raw value of the first property of that upper-case name. */
export function rawValue(component: Component, name: string): string | undefined {
  return first(component, name)?.value;
}

/** Reads the first value of a parameter, RFC 6868 decoded. */
export function param(property: Property, name: string): string | undefined {
  if (property.params.size === 0) return undefined;
  const value = property.params.get(name)?.[0];
  return value === undefined ? undefined : decodeParam(value);
}

/** Reads all values of a parameter, RFC 6868 decoded; empty when it is absent. */
export function paramValues(property: Property, name: string): readonly string[] {
  return (property.params.get(name) ?? []).map(decodeParam);
}

/** Lists direct children of that upper-case name. */
export function children(component: Component, name: string): Component[] {
  return component.components.filter((child) => child.name === name);
}

/** Lists the components that carry the object itself: children of VCALENDAR but VTIMEZONE and extensions (`X-…`). */
export function mainComponents(root: Component): Component[] {
  return root.components.filter((child) => child.name !== 'VTIMEZONE' && !child.name.startsWith('X-'));
}

/** Undoes the circumflex encoding of parameter values: `^n`, `^'`, `^^` (RFC 6868 §3). */
export function decodeParam(value: string): string {
  if (!value.includes('^')) return value;
  return value.replace(/\^[n'^]/g, (code) => (code === '^n' ? '\n' : code === "^'" ? '"' : '^'));
}
