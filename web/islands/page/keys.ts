import type { PageData } from './data.ts';

/** After `g`, the second key is awaited this long. */
const CHORD_MS = 1500;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select')) return true;
  return target.matches('input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"])');
}

const isSeen = (element: HTMLElement) => element.getClientRects().length > 0;
const labelOf = (element: HTMLElement) =>
  (element.getAttribute('aria-label') ?? element.textContent ?? element.title).trim();

/** Single keys of a page. */
class Keys {
  readonly #page: PageData;
  #wentMs: number | null = null;

  constructor(page: PageData) {
    this.#page = page;
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    if (this.#act(event)) event.preventDefault();
  }

  #act({ key, target }: KeyboardEvent): boolean {
    const isAfterG = this.#wentMs !== null && Date.now() - this.#wentMs < CHORD_MS;
    this.#wentMs = null;
    if (isAfterG) return this.#go(key);
    if (key === 'Enter') return openRow(target);
    if (this.#own(key)) return true;
    if (key === 'j' || key === 'k') return moveRow(key === 'j' ? 1 : -1);
    if (key === 'x') return tickRow();
    if (key === '/') return focusSearch();
    if (key === '?') return this.#help();
    if (key === 'g') this.#wentMs = Date.now();
    return key === 'g';
  }

  #go(key: string): boolean {
    const found = this.#page.go.find(([letter]) => letter === key);
    if (found !== undefined) location.assign(found[1]);
    return found !== undefined;
  }

  #own(key: string): boolean {
    const found = [...document.querySelectorAll<HTMLElement>('[data-key]')].find(
      (element) => element.dataset['key'] === key && isSeen(element),
    );
    if (found === undefined) return false;
    if (isTyping(found)) found.focus();
    else found.click();
    return true;
  }

  #rows(): readonly (readonly [string, string])[] {
    const { words, go } = this.#page;
    const own = [...document.querySelectorAll<HTMLElement>('[data-key]')].filter(isSeen);
    const has = (selector: string) => document.querySelector(selector) !== null;
    return [
      ...own.map((element) => [element.dataset['key'] ?? '', labelOf(element)] as const),
      ...(has('input[type="search"]') ? [['/', words['search'] ?? ''] as const] : []),
      ...(has('[data-href]') ? [['j k', words['move'] ?? ''] as const] : []),
      ...(has('[data-href]') ? [['Enter', words['open'] ?? ''] as const] : []),
      ...(has('[data-href] input[type="checkbox"]') ? [['x', words['select'] ?? ''] as const] : []),
      ...(has('form .field') ? [['Ctrl Enter', words['send'] ?? ''] as const] : []),
      ...go.map(([key, , name]) => [`g ${key}`, (words['go'] ?? '').replace('{page}', name)] as const),
      ['?', words['help'] ?? ''],
    ];
  }

  #help(): boolean {
    const { words } = this.#page;
    const dialog = document.createElement('dialog');
    const title = document.createElement('h2');
    title.textContent = words['keys'] ?? '';
    title.id = 'keys-title';
    dialog.setAttribute('aria-labelledby', title.id);
    const list = document.createElement('dl');
    for (const [keys, what] of this.#rows()) {
      const term = document.createElement('dt');
      for (const key of keys.split(' ')) {
        const cap = document.createElement('kbd');
        cap.textContent = key;
        term.append(cap, ' ');
      }
      const text = document.createElement('dd');
      text.textContent = what;
      list.append(term, text);
    }
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'button';
    close.textContent = words['close'] ?? '';
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    dialog.append(title, list, close);
    document.body.append(dialog);
    dialog.showModal();
    return true;
  }
}

function openRow(target: EventTarget | null): boolean {
  const row = target instanceof HTMLElement && target.matches('[data-href]') ? target : null;
  if (row !== null) location.assign(row.dataset['href'] ?? '');
  return row !== null;
}

function moveRow(step: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-href]')].filter(isSeen);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))];
  if (next === undefined) return false;
  for (const row of rows) row.removeAttribute('aria-selected');
  next.tabIndex = -1;
  next.setAttribute('aria-selected', 'true');
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

/** Selects the row the focus is in, or takes that back. */
function tickRow(): boolean {
  const row = document.activeElement?.closest('[data-href]');
  const box = row?.querySelector<HTMLInputElement>('input[type="checkbox"]') ?? null;
  box?.click();
  return box !== null;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]');
  field?.focus();
  field?.select();
  return field !== null;
}

/** A fold that asks whether to destroy closes without doing it. */
function closeFold({ key, target }: KeyboardEvent): void {
  if (key !== 'Escape' || !(target instanceof Element)) return;
  const fold = target.closest<HTMLDetailsElement>('details.confirm[open]');
  if (fold === null) return;
  fold.open = false;
  fold.querySelector('summary')?.focus();
}

function sendForm(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target instanceof HTMLElement ? event.target.closest('form') : null;
  if (form === null) return;
  event.preventDefault();
  form.requestSubmit();
}

/** A press on a row opens it, unless it was meant for something in it. */
function onRow(event: MouseEvent): void {
  const { target } = event;
  if (!(target instanceof Element) || event.button !== 0 || event.defaultPrevented) return;
  if (target.closest('a, button, input, label, select, summary, form') !== null) return;
  if (getSelection()?.isCollapsed === false) return;
  openRow(target.closest('[data-href]'));
}

/** Starts the keys of a page: single ones unless they are switched off, and never while somebody types. */
export function startKeys(page: PageData): void {
  document.addEventListener('keydown', closeFold);
  document.addEventListener('keydown', sendForm);
  document.addEventListener('click', onRow);
  if (!page.hasKeys) return;
  const keys = new Keys(page);
  document.addEventListener('keydown', (event) => keys.press(event));
}
