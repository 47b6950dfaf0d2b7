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
  return (
    tryDecode(bytes, named) ?? tryDecode(bytes, 'utf-8') ?? new TextDecoder('windows-1252').decode(bytes)
  );
}

function tryDecode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
