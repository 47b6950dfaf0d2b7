/**
 * Where the blanks of a text stand, short where they come at equal distances: `19s_77s*30` says that a space follows 19 other
 * characters, then 30 times one follows 77. Runs of blanks have distance 0; `t` is a tab. Other white space counts as a space.
 */
export function blanksIn(text: string): string {
  const parts: { readonly gap: string; count: number }[] = [];
  let from = 0;
  for (const found of text.matchAll(/\s/g)) {
    const gap = `${found.index - from}${found[0] === '\t' ? 't' : 's'}`;
    from = found.index + 1;
    const last = parts.at(-1);
    if (last?.gap === gap) last.count += 1;
    else parts.push({ gap, count: 1 });
  }
  return parts.map(({ gap, count }) => (count === 1 ? gap : `${gap}*${count}`)).join('_');
}

/** No card has more; a forged memory gets no further. */
const MAX_BLANKS = 1 << 20;

/** The text with its blanks put back; null when they do not fit into it. The inverse of `blanksIn`. */
export function withBlanks(text: string, blanks: string): string | null {
  const pieces: string[] = [];
  let at = 0;
  let left = MAX_BLANKS;
  for (const part of blanks.split('_')) {
    const found = /^(\d{1,9})([st])(?:\*(\d{1,9}))?$/.exec(part);
    if (found === null) return null;
    const gap = Number(found[1]);
    const count = Number(found[3] ?? 1);
    const blank = found[2] === 't' ? '\t' : ' ';
    left -= count;
    if (at + gap * count > text.length || left < 0) return null;
    if (gap === 0) pieces.push(blank.repeat(count));
    else for (let i = 0; i < count; i++, at += gap) pieces.push(text.slice(at, at + gap), blank);
  }
  pieces.push(text.slice(at));
  return pieces.join('');
}
