/** Proactive negotiation of one of two forms (RFC 9110 §12.5.1). */

interface Range {
  /** `text/calendar`, `text/*` or any type, in lower case. */
  readonly type: string;
  /** 0 to 1. */
  readonly quality: number;
}

/** How well a header takes a type: the quality of the range that names it most exactly, and how exactly that is. */
interface Taken {
  readonly quality: number;
  readonly exactness: 0 | 1 | 2 | 3;
}

function readRanges(header: string): readonly Range[] {
  return header.split(',').flatMap((listed) => {
    const [type = '', ...parameters] = listed.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    return type === '' ? [] : [{ type, quality: readQuality(quality) }];
  });
}

/** A quality that cannot be read counts as none told. */
function readQuality(text: string | undefined): number {
  return text !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}

function takenBy(ranges: readonly Range[], types: readonly string[]): Taken {
  let best: Taken = { quality: 0, exactness: 0 };
  for (const range of ranges) {
    const exactness = exactnessOf(range.type, types);
    const isBetter =
      exactness > best.exactness || (exactness === best.exactness && range.quality > best.quality);
    if (exactness > 0 && isBetter) best = { quality: range.quality, exactness };
  }
  return best;
}

function exactnessOf(range: string, types: readonly string[]): Taken['exactness'] {
  if (types.includes(range)) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && types.some((type) => type.startsWith(range.slice(0, -1))) ? 2 : 0;
}

/** Says whether an answer of one of these types is wanted; without a header, any is. */
export function isWanted(header: string | undefined, types: readonly string[]): boolean {
  return header === undefined || header.trim() === '' || takenBy(readRanges(header), types).quality > 0;
}

/** The form to send: `stored` unless the other is preferred, by quality or by being named more exactly; `neither` where both are unwanted. */
export function negotiate(
  header: string | undefined,
  stored: readonly string[],
  other: string,
): 'stored' | 'other' | 'neither' {
  if (header === undefined || header.trim() === '') return 'stored';
  const ranges = readRanges(header);
  const [a, b] = [takenBy(ranges, stored), takenBy(ranges, [other])];
  if (b.quality > a.quality || (b.quality === a.quality && b.quality > 0 && b.exactness > a.exactness))
    return 'other';
  return a.quality > 0 ? 'stored' : 'neither';
}

/** True where every range a header wants names a type that the pattern knows. */
export function namesOnly(header: string, pattern: RegExp): boolean {
  const wanted = readRanges(header).filter((range) => range.quality > 0);
  return wanted.length > 0 && wanted.every((range) => pattern.test(range.type));
}
