const IMPORTED: ReadonlySet<string> = new Set(['ics', 'ical', 'icalendar', 'ifb', 'vcs', 'vcf', 'vcard']);

/** Whether a file of a folder or archive is read: by the end of its name; what is named on purpose is always read. */
export function isImportName(name: string): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return !base.startsWith('.') && IMPORTED.has(extensionOf(base));
}

/** Whether a file of an archive may be a table with contacts or events. */
export function isTableName(name: string): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return !base.startsWith('.') && ['csv', 'tsv'].includes(extensionOf(base));
}

/** Whether a file is an archive to look into. */
export function isArchiveName(name: string): boolean {
  return extensionOf(name) === 'zip';
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}
