import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Asset, Assets } from '../../web/site.ts';

/** The `web` folder beside this program: sources in a checkout, copies in a build. */
const WEB = new URL('../../web/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.js': 'text/javascript; charset=utf-8',
};

function asset(name: string, body: Buffer): Asset {
  const etag = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  return { name, body, etag, type: TYPES[extname(name)] ?? 'application/octet-stream' };
}

/** Reads what pages refer to: the style sheets joined into one in the order of their names, and the files of `web/assets`. */
export function loadAssets(): Assets {
  const styles = readdirSync(new URL('styles/', WEB))
    .filter((name) => name.endsWith('.css'))
    .sort();
  const css = styles.map((name) => readFileSync(new URL(`styles/${name}`, WEB)));
  const files = readdirSync(new URL('assets/', WEB));
  const found = files.map((name) => asset(name, readFileSync(new URL(`assets/${name}`, WEB))));
  return new Map([asset('style.css', Buffer.concat(css)), ...found].map((one) => [one.name, one]));
}
