import { type PageData, say } from './data.ts';

/** Tells the server the zone of this browser, in a cookie; `/` is no character of cookies of ours. */
export function tellZone({ base }: PageData): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone?.replaceAll('/', '~');
  if (zone === undefined || document.cookie.split('; ').includes(`zone=${zone}`)) return;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing over plain http.
  document.cookie = `zone=${zone}; Path=${base === '' ? '/' : base}; Max-Age=31536000; SameSite=Lax${secure}`;
}

/** Copies without https too, where the clipboard is closed to scripts. */
async function copy(element: HTMLElement): Promise<void> {
  const text = element instanceof HTMLInputElement ? element.value : (element.textContent ?? '');
  if (isSecureContext) return navigator.clipboard.writeText(text.trim());
  const selection = getSelection();
  selection?.selectAllChildren(element);
  document.execCommand('copy');
}

function onCopy(button: HTMLElement, { words }: PageData): void {
  const source = document.getElementById(button.dataset['copy'] ?? '');
  if (source === null || button.dataset['label'] !== undefined) return;
  const last = [...button.childNodes].findLast((node) => node.textContent?.trim() !== '');
  void copy(source).then(() => {
    say(words['copied'] ?? '');
    if (last === undefined) return;
    const before = last.textContent ?? '';
    button.dataset['label'] = before;
    last.textContent = words['copied'] ?? '';
    setTimeout(() => {
      last.textContent = before;
      delete button.dataset['label'];
    }, 2000);
  });
}

function addReveal(input: HTMLInputElement, { words }: PageData): void {
  const hadFocus = document.activeElement === input;
  const frame = document.createElement('div');
  frame.className = 'reveal';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quiet';
  button.textContent = words['show'] ?? '';
  if (input.id !== '') button.setAttribute('aria-controls', input.id);
  button.addEventListener('click', () => {
    const isHidden = input.type === 'password';
    input.type = isHidden ? 'text' : 'password';
    button.textContent = words[isHidden ? 'hide' : 'show'] ?? '';
  });
  // Sent as a password, so that the browser offers to keep it.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
  });
  input.replaceWith(frame);
  frame.append(input, button);
  if (hadFocus) input.focus();
}

const two = (value: number) => String(value).padStart(2, '0');

/** Counts down to a time of the server's clock; what stands around it is asked for again at the end. */
function tick(element: HTMLElement, skewMs: number): void {
  const left = Math.round(Number(element.dataset['countdown']) - (Date.now() + skewMs) / 1000);
  const shown = Math.max(0, left);
  const text = `${two(Math.floor(shown / 60))}:${two(shown % 60)}`;
  if (element.textContent !== text) element.textContent = text;
  if (left > 0 || element.dataset['over'] !== undefined) return;
  element.dataset['over'] = '';
  element.closest('[data-live]')?.dispatchEvent(new Event('over'));
}

/** Copy, countdowns, shown passwords, forms that go when something is chosen. */
export function startSmall(page: PageData): void {
  const skewMs = page.now === null ? 0 : page.now * 1000 - Date.now();
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('[data-copy]') : null;
    if (button !== null) onCopy(button, page);
  });
  document.addEventListener('change', ({ target }) => {
    if (target instanceof Element && target.matches('[data-submit]') && 'form' in target)
      if (target.form instanceof HTMLFormElement) target.form.requestSubmit();
  });
  for (const input of document.querySelectorAll<HTMLInputElement>('input[type="password"]'))
    addReveal(input, page);
  const tickAll = () => {
    for (const one of document.querySelectorAll<HTMLElement>('[data-countdown]')) tick(one, skewMs);
  };
  tickAll();
  setInterval(tickAll, 1000);
}
