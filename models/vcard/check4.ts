import { parse } from 'vcard4';

/** What the library has never heard of although it is registered (RFC 9554, RFC 9555); it takes any name that begins with `X-`. */
const LATER_NAMES =
  /^((?:[^.:;\r\n]*\.)?)(CREATED|GRAMGENDER|LANGUAGE|PRONOUNS|SOCIALPROFILE|JSPROP)(?=[;:])/gim;
const LATER_PARAMS =
  /;(PROP-ID|AUTHOR|AUTHOR-NAME|CREATED|DERIVED|PHONETIC|SCRIPT|SERVICE-TYPE|USERNAME|JSPTR|JSCOMPS)=/gi;

/** What the vCard 4.0 library objects to in a card, or null when it is content (RFC 6350 §3.3). Its time is not linear: 0.15 s for 64 KB of quotes. */
export function objectionTo4(text: string): string | null {
  try {
    // It knows the parameter SORT-AS by the name SORTAS only.
    const known = text
      .replace(/\r\n[ \t]/g, '')
      .replaceAll(';SORT-AS=', ';SORTAS=')
      .replace(LATER_PARAMS, ';X-$1=');
    parse(known.replace(LATER_NAMES, '$1X-$2'));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Most of a card that is checked while somebody waits: 10 ms at the worst. What is behind that is trusted. */
const MAX_CHECKED = 8192;
const MAX_LINE = 2048;

/** The same for the folded lines between BEGIN and END, in time that is bounded: long lines are left out, long media cut. */
export function objectionToLines(lines: readonly string[]): string | null {
  let text = '';
  let left = MAX_CHECKED;
  for (const line of lines) {
    const part = left < 0 ? '' : checkedPart(line);
    left -= part.length;
    if (left >= 0) text += part;
    else if (/^(?:[^.:;]*\.)?FN[;:]/i.test(line)) text += 'FN:x\r\n';
  }
  return objectionTo4(`BEGIN:VCARD\r\n${text}END:VCARD\r\n`);
}

/** What the library objects to in one folded line of a card. */
export function objectionToLine(line: string): string | null {
  const part = checkedPart(line);
  const isName = /^(?:[^.:;]*\.)?FN[:;]/i.test(part);
  return objectionTo4(`BEGIN:VCARD\r\nVERSION:4.0\r\n${isName ? '' : 'FN:x\r\n'}${part}END:VCARD\r\n`);
}

/** Looks at one line after the other like `objectionToLine`, as many of a card as `objectionToLines` looks at. */
export function boundedJudge(): (line: string) => string | null {
  let left = MAX_CHECKED;
  return (line) => {
    left -= left < 0 ? 0 : checkedPart(line).length;
    return left < 0 ? null : objectionToLine(line);
  };
}

/** A line without what may be long: memories, and the bytes of media. */
function checkedPart(line: string): string {
  if (line.length <= 200) return line;
  const plain = line
    .slice(0, 2 * MAX_LINE)
    .replace(/\r\n[ \t]/g, '')
    .replace(/(;X-DAYBOOK-V3=)[^;:]*/, '$1x')
    .replace(/(:data:[^,]{0,200},)[^\r\n]*/i, '$1AAAA');
  const rest = plain.endsWith('\r\n') ? plain : `${plain}\r\n`;
  const isWhole = line.length <= 2 * MAX_LINE || plain.endsWith('AAAA');
  return isWhole && rest.length <= MAX_LINE ? rest : '';
}
