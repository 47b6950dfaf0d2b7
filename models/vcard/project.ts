import { turn } from '../db/patience.ts';
import { Precondition } from '../errors.ts';
import { joined } from '../json.ts';
import { type CardVersion, convertText } from './convert.ts';
import { toJcard } from './jcard.ts';
import { type CardProperty, decodeCardText, foldLine, writeLine } from './lines.ts';
import { type ParsedCard, parseCardText } from './parse.ts';

/** What CARDDAV:address-data asks for (RFC 6352 §10.4). */
export interface CardRequest {
  /** Null: as stored. */
  readonly version: CardVersion | null;
  /** The properties wanted; null: all. */
  readonly props: readonly WantedProperty[] | null;
}

/** CARDDAV:prop (RFC 6352 §10.4.2). */
export interface WantedProperty {
  /** Maybe `group.NAME`; compared without case. A name without group stands for those with any and none. */
  readonly name: string;
  /** The line is shown without its value. */
  readonly isWithoutValue: boolean;
}

/** A card as jCard text (RFC 7095), which is of version 4.0: all of it or the properties named; `rest` lets others in. Throws `valid-address-data`. */
export async function projectJcard(
  body: Uint8Array,
  props: CardRequest['props'],
  rest: () => Promise<void>,
): Promise<string> {
  await rest();
  const shown = decodeCardText(projectCard(body, { version: '4.0', props }));
  if (shown === null) throw new Precondition('valid-address-data', 'The stored card is not UTF-8 text.');
  return joined(toJcard(parseCardText(shown)), rest);
}

/** The card as asked for; the stored bytes themselves when nothing has to change. Throws `valid-address-data` when they are no card. */
export function projectCard(body: Uint8Array, request: CardRequest): Uint8Array {
  if (request.version === null && request.props === null) return body;
  const text = decodeCardText(body);
  if (text === null) throw new Precondition('valid-address-data', 'The stored card is not UTF-8 text.');
  const parsed = parseCardText(text);
  const version = request.version ?? parsed.version;
  const isKnown =
    (parsed.version === '3.0' || parsed.version === '4.0') && (version === '3.0' || version === '4.0');
  const isConverted = isKnown && version !== parsed.version;
  if (!isConverted && request.props === null) return body;
  const converted = isConverted ? convertText(parsed, version) : text;
  if (request.props === null) return Buffer.from(converted, 'utf8');
  return Buffer.from(select(isConverted ? parseCardText(converted) : parsed, request.props), 'utf8');
}

/** Cards are read, converted and checked for some milliseconds at a time. */
const BYTES_PER_TURN = 16_384;

/** Shows one card after the other as asked for and lets other requests in between; throws like `projectCard`. */
export function cardProjector(request: CardRequest): (body: Uint8Array) => Promise<Uint8Array> {
  let left = BYTES_PER_TURN;
  return async (body) => {
    left -= body.byteLength;
    if (left < 0) {
      await turn();
      left = BYTES_PER_TURN;
    }
    return projectCard(body, request);
  };
}

/** BEGIN, VERSION, END and the lines named, as they stand in the text; what is said of a group's property goes before the rest. */
function select(parsed: ParsedCard, props: readonly WantedProperty[]): string {
  const wanted = new Map<string, boolean>();
  for (const { name, isWithoutValue } of props) {
    const key = name.toUpperCase();
    wanted.set(key, isWithoutValue && wanted.get(key) !== false);
  }
  let kept = 'BEGIN:VCARD\r\n';
  for (const property of parsed.properties) {
    const full = property.group === null ? property.name : `${property.group.toUpperCase()}.${property.name}`;
    const isBare = property.name === 'VERSION' ? false : (wanted.get(full) ?? wanted.get(property.name));
    if (isBare === true) kept += withoutValue(property);
    else if (isBare === false) kept += parsed.text.slice(property.start, property.end);
  }
  return `${kept}END:VCARD\r\n`;
}

/** Memories of the other version go as well: they may hold the value. */
function withoutValue({ group, writtenName, params }: CardProperty): string {
  const told = params.filter((param) => !param.name.startsWith('X-DAYBOOK-'));
  return foldLine(writeLine(group, writtenName, told, ''));
}
