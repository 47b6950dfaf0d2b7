import type { PageData } from './data.ts';
import { fetchPage, Morph } from './morph.ts';

/** News often come in swarms; the page is asked for once for all of them. */
const SETTLE_MS = 250;
const AGAIN_MS = 5000;

const regions = () => [...document.querySelectorAll<HTMLElement>('[data-live]')];
const topicsOf = (region: HTMLElement) => (region.dataset['live'] ?? '').split(' ').filter((t) => t !== '');
const isTyping = (region: HTMLElement) =>
  document.activeElement?.matches('input, select, textarea') === true &&
  region.contains(document.activeElement);

/** Keeps the live parts of a page as the server has them. */
class LivePage {
  readonly #page: PageData;
  readonly #morph = new Morph();
  readonly #waiting = new Set<string>();
  #source: EventSource | null = null;
  #timer: number | null = null;
  #isFetching = false;

  constructor(page: PageData) {
    this.#page = page;
  }

  start(): void {
    for (const region of regions()) {
      const seconds = Number(region.dataset['every']);
      if (seconds > 0) setInterval(() => document.hidden || this.ask([region.id]), seconds * 1000);
      region.addEventListener('over', () => this.ask([region.id]));
    }
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#close();
      else this.#wake();
    });
    // A page kept for the way back must not hold a connection.
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', (event) => event.persisted && this.#wake());
    if (!document.hidden) this.#open();
  }

  #wake(): void {
    this.#open();
    this.ask(regions().map((region) => region.id));
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
  }

  #open(): void {
    if (this.#source !== null || !regions().some((region) => topicsOf(region).length > 0)) return;
    const source = new EventSource(`${this.#page.base}/events`);
    this.#source = source;
    source.addEventListener('news', ({ data }: MessageEvent<string>) => {
      const topics = data.split(' ');
      this.ask(regions().flatMap((r) => (topicsOf(r).some((t) => topics.includes(t)) ? [r.id] : [])));
    });
    let wasLost = false;
    source.addEventListener('open', () => {
      this.#mark(false);
      // Whatever was told while the connection was lost is not told again.
      if (wasLost) this.ask(regions().map((region) => region.id));
      wasLost = false;
    });
    source.addEventListener('error', () => {
      wasLost = true;
      // Closed: the server refused, and the browser does not try again.
      if (source.readyState === EventSource.CLOSED) this.#mark(true);
    });
  }

  /** Asks for regions soon, by their ids. */
  ask(ids: readonly string[], afterMs: number = SETTLE_MS): void {
    for (const id of ids) this.#waiting.add(id);
    if (ids.length === 0 || this.#timer !== null || this.#isFetching) return;
    this.#timer = setTimeout(() => void this.#refresh(), afterMs);
  }

  async #refresh(): Promise<void> {
    this.#timer = null;
    this.#isFetching = true;
    const asked = [...this.#waiting];
    this.#waiting.clear();
    for (const id of asked) document.getElementById(id)?.setAttribute('aria-busy', 'true');
    const fresh = await fetchPage(location.href).catch(() => null);
    const later = asked.filter((id) => !this.#replace(id, fresh));
    for (const id of asked) document.getElementById(id)?.removeAttribute('aria-busy');
    this.#isFetching = false;
    if (fresh === null) this.#mark(true);
    else if (later.length > 0) this.ask(later, AGAIN_MS);
    else this.ask([...this.#waiting]);
  }

  /** False when it must be tried once more. */
  #replace(id: string, fresh: Document | null): boolean {
    const region = document.getElementById(id);
    const next = fresh?.getElementById(id) ?? null;
    if (region === null || fresh === null) return true;
    if (isTyping(region)) return false;
    if (next === null) {
      // What the region showed is over, and the address shows something else now: the next page as a whole.
      location.reload();
      return true;
    }
    next.setAttribute('aria-busy', 'true');
    const isWhole = this.#morph.into(region, next);
    document.dispatchEvent(new CustomEvent('fresh', { detail: region }));
    return isWhole;
  }

  /** Where nothing moves by itself any more, a link does. */
  #mark(isStale: boolean): void {
    const { words } = this.#page;
    for (const region of regions()) {
      const known = region.parentElement?.querySelector(`[data-stale="${region.id}"]`) ?? null;
      if (!isStale) known?.remove();
      if (!isStale || known !== null) continue;
      const line = document.createElement('p');
      line.className = 'small muted';
      line.dataset['stale'] = region.id;
      const link = document.createElement('a');
      link.href = location.href;
      link.textContent = words['refresh'] ?? '';
      line.append(words['stale'] ?? '', ' ', link);
      region.after(line);
    }
  }
}

/** Starts what keeps live parts live; does nothing on pages without any. */
export function startLive(page: PageData): void {
  if (regions().length > 0) new LivePage(page).start();
}
