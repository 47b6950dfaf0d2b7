import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { RawRecord, Refused, SourceFile } from '../record.ts';
import { refused } from '../record.ts';
import { cardOfRow } from './card.ts';
import { orderOf } from './dates.ts';
import { decoded, delimiterOf, type Encoding, encodingOf } from './decode.ts';
import { eventOfRow } from './event.ts';
import { isField, type Mapping, recognise, type TableKind } from './fields.ts';

/** What a table is, found by its first rows; a person may correct the mapping. */
export interface TableInfo {
  readonly kind: TableKind;
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** Lines before the header. */
  readonly skip: number;
  readonly header: readonly string[];
  /** The first three rows. */
  readonly sample: readonly (readonly string[])[];
  readonly mapping: Mapping;
  /** Columns with something in them in the first rows; the others are not worth showing. */
  readonly used: readonly boolean[];
  readonly order: 'month-first' | 'day-first';
}

/** Nobody's table has more columns or longer cells. */
const MAX_COLUMNS = 400;
const MAX_CELL = 64 * 1024;
const MAX_ROW_BYTES = 1024 * 1024;
const SAMPLE_ROWS = 3;
const ORDER_ROWS = 200;
const HEAD_CHARACTERS = 128 * 1024;

interface CsvRow {
  readonly cells: readonly string[];
  readonly line: number;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((cell) => typeof cell === 'string');
}

async function* rowsOf(text: AsyncIterable<string>, delimiter: string, skip: number): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    from_line: skip + 1,
    max_record_size: MAX_ROW_BYTES,
    info: true,
  });
  const input = Readable.from(text);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let line = skip + 1;
  try {
    for await (const row of parser) {
      const value: unknown = row;
      if (typeof value !== 'object' || value === null) continue;
      const record: unknown = Reflect.get(value, 'record');
      const info: unknown = Reflect.get(value, 'info');
      const lines: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, 'lines') : null;
      // The parser counts the line a row ends in.
      const cells = isTexts(record)
        ? record.slice(0, MAX_COLUMNS).map((cell) => cell.slice(0, MAX_CELL))
        : [];
      yield { cells, line };
      line = typeof lines === 'number' ? lines + 1 : line + 1;
    }
  } finally {
    input.destroy();
    parser.destroy();
  }
}

async function headOf(source: SourceFile, encoding: Encoding): Promise<string> {
  let head = '';
  for await (const piece of decoded(source.open(), encoding)) {
    head += piece;
    if (head.length > HEAD_CHARACTERS) break;
  }
  return head;
}

/** Looks at a table; null when its header is none that is known. */
export async function inspectTable(source: SourceFile): Promise<TableInfo | null> {
  const encoding = await encodingOf(source.open());
  const { delimiter, skip } = delimiterOf((await headOf(source, encoding)).replace(/^\ufeff/, ''));
  const rows: (readonly string[])[] = [];
  for await (const { cells } of rowsOf(decoded(source.open(), encoding), delimiter, skip)) {
    rows.push(cells);
    if (rows.length > ORDER_ROWS) break;
  }
  const [header, ...body] = rows;
  if (header === undefined) return null;
  const known = recognise(header);
  if (known === null) return null;
  const isGerman = delimiter === ';';
  const dates = body.flatMap((row) =>
    row.filter((_, at) => /date|birthday|anniversary/.test(known.mapping[at] ?? '')),
  );
  return {
    ...known,
    ...{ encoding, delimiter, skip, header },
    used: header.map((_, at) => body.some((row) => (row[at] ?? '').trim() !== '')),
    sample: body.slice(0, SAMPLE_ROWS).map((row) => header.map((_, at) => (row[at] ?? '').slice(0, 200))),
    order:
      isGerman &&
      !dates.some((date) => orderOf([date]) === 'month-first' && /\/(1[3-9]|2\d|3[01])\//.test(date))
        ? 'day-first'
        : orderOf(dates),
  };
}

/** The rows of a table as cards or events, each with its line; rows without anything to keep are refused. */
export async function* readTable(
  source: SourceFile,
  info: TableInfo,
  onBytes: (bytesRead: number) => void = () => undefined,
): AsyncGenerator<RawRecord | Refused> {
  let isHeader = true;
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open()) {
      bytesRead += chunk.byteLength;
      onBytes(bytesRead);
      yield chunk;
    }
  }
  for await (const { cells, line } of rowsOf(decoded(counted(), info.encoding), info.delimiter, info.skip)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (cells.every((cell) => cell.trim() === '')) continue;
    const make = info.kind === 'contacts' ? cardOfRow : eventOfRow;
    const made = make(info.header, info.mapping, cells, info.order);
    if (made === null) {
      const why =
        info.kind === 'contacts'
          ? 'the row has no name, number or address.'
          : 'the row has no date to start.';
      yield refused(source.name, line, why);
      continue;
    }
    const kind = info.kind === 'contacts' ? 'card' : 'calendar';
    yield { kind, file: source.name, line, bytes: Buffer.from(made, 'utf8').toString('latin1'), repairs: [] };
  }
}

/** Reads what was kept of a table; null when it is not one. */
export function parseTable(json: string): TableInfo | null {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return null;
  const of = (key: keyof TableInfo): unknown => Reflect.get(value, key);
  const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
  const [kind, header, sample, mapping] = [of('kind'), of('header'), of('sample'), of('mapping')];
  if ((kind !== 'contacts' && kind !== 'events') || !isTexts(header) || !isTexts(mapping)) return null;
  const delimiter = of('delimiter');
  const skip = of('skip');
  const used = of('used');
  return {
    kind,
    header,
    mapping: mapping.map((field) => (isField(kind, field) ? field : 'note')),
    sample: Array.isArray(sample) ? sample.filter(isTexts) : [],
    encoding: encodings.find((known) => known === of('encoding')) ?? 'utf-8',
    used: header.map((_, at) => !Array.isArray(used) || used[at] !== false),
    delimiter: typeof delimiter === 'string' ? delimiter : ',',
    skip: typeof skip === 'number' ? skip : 0,
    order: of('order') === 'day-first' ? 'day-first' : 'month-first',
  };
}
