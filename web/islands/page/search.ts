import { fetchPage, Morph } from './morph.ts';

const PAUSE_MS = 120;

/** Asks with every pause in typing, shows the answer in its region, and keeps the address in step. */
class SearchForm {
  readonly #form: HTMLFormElement;
  readonly #region: string;
  readonly #morph = new Morph();
  #timer: number | undefined;
  #running: AbortController | null = null;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#region = form.dataset['search'] ?? '';
  }

  start(): void {
    this.#form.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS);
    });
  }

  #address(): string {
    const url = new URL(this.#form.action);
    url.search = '';
    for (const [name, value] of new FormData(this.#form))
      if (typeof value === 'string' && value !== '') url.searchParams.append(name, value);
    return url.href;
  }

  async #ask(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const url = this.#address();
    const region = document.getElementById(this.#region);
    region?.setAttribute('aria-busy', 'true');
    const fresh = await fetchPage(url, running.signal).catch(() => null);
    // A later question is on its way, and its answer counts.
    if (running.signal.aborted) return;
    const next = fresh?.getElementById(this.#region) ?? null;
    if (region !== null && next !== null) this.#morph.into(region, next);
    region?.removeAttribute('aria-busy');
    if (next !== null) history.replaceState(history.state, '', url);
    document.dispatchEvent(new CustomEvent('fresh', { detail: region }));
  }
}

/** Search as you type for forms with `data-search`, which names the region that shows the answer. */
export function startSearch(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-search]'))
    new SearchForm(form).start();
}
