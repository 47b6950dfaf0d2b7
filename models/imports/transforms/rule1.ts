const DAYS: ReadonlySet<string> = new Set(['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']);
const FREQUENCIES = new Map([
  ['D', 'DAILY'],
  ['W', 'WEEKLY'],
  ['MP', 'MONTHLY'],
  ['MD', 'MONTHLY'],
  ['YM', 'YEARLY'],
  ['YD', 'YEARLY'],
]);

/** A recurrence rule of vCalendar 1.0 (`W2 MO TU #10`) as RRULE of RFC 5545, or null when it cannot be said there. */
export function convertRule(written: string): string | null {
  const tokens = written.trim().toUpperCase().split(/\s+/).slice(0, 100);
  const head = /^(D|W|MP|MD|YM|YD)(\d{1,4})$/.exec(tokens[0] ?? '');
  const frequency = FREQUENCIES.get(head?.[1] ?? '');
  if (head === null || frequency === undefined) return null;
  const rest = tokens.slice(1);
  const last = rest[rest.length - 1] ?? '';
  const bound = boundOf(last);
  if (bound !== null) rest.pop();
  const by = byPart(head[1] ?? '', rest);
  if (by === null) return null;
  const interval = head[2] === '1' ? '' : `;INTERVAL=${Number(head[2])}`;
  return `FREQ=${frequency}${interval}${by}${bound ?? ';COUNT=2'}`;
}

/** Without a bound, 1.0 means two occurrences; `#0` means for ever. */
function boundOf(token: string): string | null {
  const count = /^#(\d{1,6})$/.exec(token);
  if (count !== null) return count[1] === '0' ? '' : `;COUNT=${Number(count[1])}`;
  return /^\d{8}(?:T\d{6}Z?)?$/.test(token) ? `;UNTIL=${token}` : null;
}

function byPart(kind: string, tokens: readonly string[]): string | null {
  if (tokens.length === 0) return '';
  if (kind === 'W') return tokens.every((t) => DAYS.has(t)) ? `;BYDAY=${tokens.join(',')}` : null;
  if (kind === 'MP') return byPosition(tokens);
  if (kind === 'MD')
    return byNumbers(
      'BYMONTHDAY',
      tokens.map((t) => (t === 'LD' ? '1-' : t)),
    );
  if (kind === 'YM') return byNumbers('BYMONTH', tokens);
  return kind === 'YD' ? byNumbers('BYYEARDAY', tokens) : null;
}

function byNumbers(name: string, tokens: readonly string[]): string | null {
  const numbers = tokens.map((token) => {
    const found = /^(\d{1,3})([+-]?)$/.exec(token);
    return found === null ? null : `${found[2] === '-' ? '-' : ''}${Number(found[1])}`;
  });
  return numbers.includes(null) ? null : `;${name}=${numbers.join(',')}`;
}

/** `1+ MO 2- FR`: positions hold for the days behind them. */
function byPosition(tokens: readonly string[]): string | null {
  const days: string[] = [];
  let positions: string[] = [];
  let isAfterDay = true;
  for (const token of tokens) {
    const position = /^([1-5])([+-]?)$/.exec(token);
    if (position !== null) {
      if (isAfterDay) positions = [];
      positions.push(`${position[2] === '-' ? '-' : ''}${position[1]}`);
      isAfterDay = false;
    } else if (DAYS.has(token) && positions.length > 0) {
      days.push(...positions.map((p) => p + token));
      isAfterDay = true;
    } else return null;
  }
  return days.length === 0 ? null : `;BYDAY=${days.join(',')}`;
}
