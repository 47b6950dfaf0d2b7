import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CORPUS = resolve(import.meta.dirname, '..', '..', '..', '..', 'shared', 'corpus');

/** A card of the corpus with the file it comes from. */
export interface CorpusCard {
  readonly file: string;
  readonly body: Buffer;
}

/** Every card of the corpus with its own BEGIN and END, line ends made CRLF; says so and gives none where the corpus is not. */
export function corpusCards(): readonly CorpusCard[] {
  if (!existsSync(CORPUS)) {
    console.log(`no corpus at ${CORPUS}: real cards are not tried`);
    return [];
  }
  const files = readdirSync(CORPUS, { recursive: true, withFileTypes: true }).filter((e) =>
    e.name.endsWith('.vcf'),
  );
  return files.flatMap((entry) => {
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8').replace(/\r*\n/g, '\r\n');
    const cards = text.match(/^BEGIN:VCARD\r\n[\s\S]*?^END:VCARD/gm) ?? [];
    return cards.map((card) => ({ file: entry.name, body: Buffer.from(`${card}\r\n`) }));
  });
}
