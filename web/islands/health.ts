// Sends what devices send, through whatever stands between this browser and the server, and looks at what arrives.

interface Row {
  readonly good: string;
  readonly bad: string;
  readonly fix: string;
}

interface ProbeWords {
  readonly rows: Readonly<Record<string, Row>>;
  readonly http: { readonly bad: string; readonly fix: string };
  readonly unknown: string;
  readonly tags: Readonly<Record<Result | 'running', string>>;
  readonly title: { readonly one: string; readonly other: string };
}

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly hasAuthorization: boolean;
  readonly bytes: number;
  readonly nowUtc: number;
}

type Result = 'good' | 'bad' | 'unknown';
/** What a check found; `found` fills the words of its row, `http` takes those for plain http. */
interface Finding {
  readonly result: Result;
  readonly found?: string;
  readonly isHttp?: boolean;
}

const TAGS: Readonly<Record<Result, string>> = { good: 'ok', bad: 'bad', unknown: 'quiet' };
const TEN_SECONDS = 10_000;
const good: Finding = { result: 'good' };
const bad = (found = ''): Finding => ({ result: 'bad', found });

class Checks {
  readonly #list: HTMLElement;
  readonly #words: ProbeWords;
  readonly #probe: string;
  readonly #base: string;
  readonly #address: string;

  constructor(list: HTMLElement) {
    const { words = '{}', probe = '', base = '', address = '' } = list.dataset;
    this.#list = list;
    this.#words = JSON.parse(words);
    this.#probe = probe;
    this.#base = base;
    this.#address = address;
  }

  async run(): Promise<void> {
    const checks: readonly (readonly [string, () => Promise<Finding>])[] = [
      ['address', () => this.#checkAddress()],
      ['well-known', () => this.#checkWellKnown()],
      ['challenge', () => this.#checkChallenge()],
      ['methods', () => this.#checkMethods()],
      ['authorization', () => this.#checkAuthorization()],
      ['path', () => this.#checkPath()],
      ['body', () => this.#checkBody()],
      ['clock', () => this.#checkClock()],
    ];
    const found: Finding[] = [];
    for (const [key, check] of checks) {
      this.#tag(key, 'running', 'info');
      const finding = await check().catch((): Finding => ({ result: 'unknown' }));
      this.#show(key, finding);
      found.push(finding);
    }
    this.#sum(found);
  }

  async #echo(method: string, path: string, init: RequestInit = {}): Promise<Echo | string> {
    const signal = AbortSignal.timeout(TEN_SECONDS * 3);
    const response = await fetch(`${this.#probe}${path}`, {
      ...init,
      method,
      signal,
      redirect: 'manual',
      cache: 'no-store',
    });
    if (!response.ok) return response.type === 'opaqueredirect' ? '3xx' : String(response.status);
    try {
      const echo: Echo = await response.json();
      return echo;
    } catch {
      return '?';
    }
  }

  async #checkAddress(): Promise<Finding> {
    const here = location.origin + this.#base;
    const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
    if (here !== this.#address) return bad(here);
    if (location.protocol !== 'https:' && !isLocal) return { result: 'bad', found: here, isHttp: true };
    return { result: 'good', found: here };
  }

  async #checkWellKnown(): Promise<Finding> {
    const missing: string[] = [];
    for (const name of ['caldav', 'carddav']) {
      const path = `/.well-known/${name}`;
      const response = await fetch(path, { redirect: 'manual', credentials: 'omit', cache: 'no-store' });
      const followed =
        response.type === 'opaqueredirect'
          ? await fetch(path, { method: 'OPTIONS', credentials: 'omit', cache: 'no-store' }).catch(() => null)
          : null;
      // OPTIONS is answered without a password, and where it was answered is all that is looked at.
      const target = followed === null ? null : new URL(followed.url);
      const isHere = target !== null && target.origin === location.origin;
      if (!isHere || !target.pathname.startsWith(`${this.#base}/dav`)) missing.push(path);
    }
    return missing.length === 0 ? good : bad(missing.join(', '));
  }

  async #checkChallenge(): Promise<Finding> {
    const response = await fetch(`${this.#base}/dav/`, {
      method: 'PROPFIND',
      headers: { Depth: '0' },
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
    });
    if (response.type === 'opaqueredirect') return bad('3xx');
    if (response.status !== 401) return bad(String(response.status));
    const asks = response.headers.get('WWW-Authenticate') ?? '';
    return /basic/i.test(asks) ? good : bad('401');
  }

  async #checkMethods(): Promise<Finding> {
    const lost: string[] = [];
    for (const method of ['PROPFIND', 'REPORT', 'MKCALENDAR', 'PUT', 'DELETE']) {
      const headers = { Depth: '1', 'If-Match': '"probe"', Prefer: 'return=minimal', Overwrite: 'F' };
      const echo = await this.#echo(method, '/method', { headers });
      if (typeof echo === 'string') lost.push(`${method} (${echo})`);
      else {
        if (echo.method !== method) lost.push(`${method} → ${echo.method}`);
        for (const [name, value] of Object.entries(headers))
          if (echo.headers[name.toLowerCase()] !== value) lost.push(`${method} ${name}`);
      }
    }
    return lost.length === 0 ? good : bad(lost.join(', '));
  }

  async #checkAuthorization(): Promise<Finding> {
    const headers = { Authorization: `Basic ${btoa('probe:probe')}` };
    const echo = await this.#echo('PROPFIND', '/authorization', { headers });
    if (typeof echo === 'string') return bad(echo);
    return echo.hasAuthorization ? good : bad();
  }

  async #checkPath(): Promise<Finding> {
    const sent = '/caf%C3%A9%20%26%2B%40%3B.ics';
    const echo = await this.#echo('PROPFIND', sent);
    if (typeof echo === 'string') return bad(echo);
    return echo.path.endsWith(sent) ? good : bad(echo.path);
  }

  async #checkBody(): Promise<Finding> {
    const size = 5_000_000;
    const echo = await this.#echo('PUT', '/body', { body: new Uint8Array(size) });
    if (typeof echo === 'string') return bad(echo);
    return echo.bytes === size ? good : bad(String(echo.bytes));
  }

  async #checkClock(): Promise<Finding> {
    const before = Date.now();
    const echo = await this.#echo('GET', '/clock');
    if (typeof echo === 'string') return { result: 'unknown' };
    const apart = Math.round(Math.abs(echo.nowUtc - (before + Date.now()) / 2000));
    return apart > 60 ? bad(String(apart)) : good;
  }

  #row(key: string): HTMLDetailsElement | null {
    return this.#list.querySelector<HTMLDetailsElement>(`#check-${key}`);
  }

  #tag(key: string, result: Result | 'running', kind: string): void {
    const tag = this.#row(key)?.querySelector('.tag');
    if (tag == null) return;
    tag.className = `tag ${kind}`;
    tag.textContent = this.#words.tags[result];
  }

  #fill(text: string, found: string): string {
    return text.replaceAll('{found}', found).replaceAll('{expected}', this.#address);
  }

  #show(key: string, finding: Finding): void {
    const row = this.#row(key);
    const words = this.#words.rows[key];
    if (row === null || words === undefined) return;
    const { result, found = '', isHttp = false } = finding;
    this.#tag(key, result, TAGS[result]);
    const texts = {
      good: words.good,
      bad: isHttp ? this.#words.http.bad : words.bad,
      unknown: this.#words.unknown,
    };
    const text = row.querySelector('[data-text]');
    if (text !== null) text.textContent = this.#fill(texts[result], found);
    const fix = row.querySelector('code.copyable');
    if (fix !== null) fix.textContent = this.#fill(isHttp ? this.#words.http.fix : words.fix, found);
    const part = row.querySelector<HTMLElement>('.log-fix');
    if (part !== null) part.hidden = result !== 'bad';
    row.open = result === 'bad';
    const report = document.getElementById('report');
    const name = row.querySelector('strong')?.textContent ?? key;
    if (report !== null)
      report.append(`\n${name}: ${this.#words.tags[result]}${found === '' ? '' : ` (${found})`}`);
  }

  /** The drawing of the way, and the title with the worst truth. */
  #sum(found: readonly Finding[]): void {
    const worst = found.some(({ result }) => result === 'bad')
      ? 'bad'
      : found.every(({ result }) => result === 'good')
        ? 'good'
        : 'unknown';
    const tag = document.querySelector('[data-step="proxy"] .tag');
    if (tag !== null) {
      tag.className = `tag ${TAGS[worst]}`;
      tag.textContent = this.#words.tags[worst];
    }
    const count = this.#list.querySelectorAll('.tag.bad').length;
    const title = document.querySelector('h1');
    if (title === null || count === 0) return;
    const { one, other } = this.#words.title;
    title.textContent = (count === 1 ? one : other).replace('{count}', String(count));
  }
}

const list = document.getElementById('checks');
if (list !== null) void new Checks(list).run();
