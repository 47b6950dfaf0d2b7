import { CALDAV_PROPERTIES } from './caldav/properties.ts';
import { CALDAV_REPORTS } from './caldav/reports.ts';
import { CARDDAV_PROPERTIES } from './carddav/properties.ts';
import { CARDDAV_REPORTS } from './carddav/reports.ts';
import { ACL_PROPERTIES } from './dav/acl-properties.ts';
import { METHODS } from './dav/methods.ts';
import { DAV_PROPERTIES } from './dav/properties.ts';
import { DAV_REPORTS } from './dav/reports.ts';
import type { Tables } from './dav/rows.ts';
import { parseXml } from './xml/parse.ts';

const PROPERTIES = [...DAV_PROPERTIES, ...ACL_PROPERTIES, ...CALDAV_PROPERTIES, ...CARDDAV_PROPERTIES];
const REPORTS = [...DAV_REPORTS, ...CALDAV_REPORTS, ...CARDDAV_REPORTS];

function byName<Row extends { readonly name: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  const table = new Map(rows.map((row) => [row.name, row]));
  if (table.size !== rows.length) throw new Error('Two rows of a table have the same name.');
  return table;
}

/** What the DAV side of the server is: its methods, properties and reports. */
export const TABLES: Tables = {
  properties: byName(PROPERTIES),
  reports: byName(REPORTS),
  methods: byName(METHODS),
  readXml: parseXml,
};
