/** Bytes of a quoted-printable text whose soft line breaks are gone (RFC 2045 §6.7); a bad escape stays as it is. */
export function quotedPrintableBytes(text: string): Buffer {
  const source = Buffer.from(text, 'utf8');
  const bytes = Buffer.alloc(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    const high = byte === 61 ? hexDigit(source[i + 1]) : -1;
    const low = high < 0 ? -1 : hexDigit(source[i + 2]);
    if (low < 0) bytes[length++] = byte;
    else {
      bytes[length++] = high * 16 + low;
      i += 2;
    }
  }
  return bytes.subarray(0, length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & 0xdf;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}

/** Text of a quoted-printable value in a named charset. */
export function decodeQuotedPrintable(text: string, charset: string | null): string {
  return decodeCharset(quotedPrintableBytes(text), charset);
}

/** Text of bytes: in UTF-8 when they are, else in the named charset, else as windows-1252, which never fails. */
export function decodeCharset(bytes: Uint8Array, charset: string | null): string {
  const named = charset === null ? 'utf-8' : charset.trim().toLowerCase();
  if (!WESTERN.has(named))
    return tryDecode(bytes, named) ?? tryDecode(bytes, 'utf-8') ?? decodeWestern(bytes);
  return decodeWestern(bytes);
}

/** What the encoding standard reads as windows-1252. */
const WESTERN: ReadonlySet<string> = new Set([
  ...['windows-1252', 'cp1252', 'iso-8859-1', 'latin1', 'us-ascii', 'ascii'],
]);
/** Characters of the bytes 0x80 to 0x9f; some versions of Node decode these as control characters. */
const WINDOWS_1252 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

function decodeWestern(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text.replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252[sign.charCodeAt(0) - 0x80] ?? sign);
}

function tryDecode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
