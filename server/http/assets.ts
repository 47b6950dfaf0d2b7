import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Asset, Assets } from '../../web/site.ts';
import { OWN_STYLES } from '../../web/styles.ts';

/** The `web` folder beside this program: sources in a checkout, copies in a build. */
const WEB = new URL('../../web/', import.meta.url);
/** Where the build leaves the browser's scripts, seen from sources that run uncompiled. */
const BUILT = new URL('../../dist/web/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.js': 'text/javascript; charset=utf-8',
};

const FONT_PACKAGE = '@fontsource-variable/inter';
/** Our name for a file of the font, and its name in the package. */
const FONTS = [
  ['inter-latin.woff2', 'inter-latin-wght-normal.woff2'],
  ['inter-latin-ext.woff2', 'inter-latin-ext-wght-normal.woff2'],
] as const;

function asset(name: string, body: Buffer): Asset {
  const etag = createHash('sha256').update(body).digest('base64url').slice(0, 12);
  const gzip = extname(name) === '.woff2' ? null : gzipSync(body, { level: 9 });
  return { name, body, gzip, etag, type: TYPES[extname(name)] ?? 'application/octet-stream' };
}

function filesIn(folder: URL): readonly Asset[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => asset(name, readFileSync(new URL(name, folder))));
}

function fonts(): readonly Asset[] {
  const { resolve } = createRequire(import.meta.url);
  return FONTS.map(([name, file]) => asset(name, readFileSync(resolve(`${FONT_PACKAGE}/files/${file}`))));
}

function sheetNames(): readonly string[] {
  const names = readdirSync(new URL('styles/', WEB)).filter((name) => name.endsWith('.css'));
  return names.sort();
}

/** Style sheets one after the other, without comments and needless white space. */
function styles(names: readonly string[]): string {
  const css = names.map((name) => readFileSync(new URL(`styles/${name}`, WEB), 'utf8'));
  return css
    .join('')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};>]) ?/g, '$1')
    .replace(/([:,]) /g, '$1')
    .replaceAll(';}', '}');
}

/** Files that the style sheet names get the address that changes with their content. */
function pinned(css: string, files: readonly Asset[]): string {
  return css.replace(/url\("([\w.-]+)"\)/g, (whole, name: string) => {
    const found = files.find((file) => file.name === name);
    return found === undefined ? whole : `url("${name}?v=${found.etag}")`;
  });
}

/**
 * Reads what pages refer to: the style sheets all pages share, those of some pages, the files of `web/assets`, the bundled scripts, and the
 * font from its package.
 */
export function loadAssets(): Assets {
  const scripts = filesIn(new URL('assets/', BUILT)).filter(({ name }) => /\.(js|css)$/.test(name));
  const files = [...scripts, ...filesIn(new URL('assets/', WEB)), ...fonts()];
  const names = sheetNames();
  const joined = styles(names.filter((name) => !name.startsWith('5-')));
  const css = asset('style.css', Buffer.from(pinned(joined, files)));
  const own = Object.entries(OWN_STYLES).map(([name, rooms]) => {
    const sheets = names.filter((sheet) => rooms.some((room) => sheet === `5-${room}.css`));
    return asset(name, Buffer.from(styles(sheets)));
  });
  return new Map([css, ...own, ...files].map((one) => [one.name, one]));
}
