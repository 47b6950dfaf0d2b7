/** A visitor of the pages without a browser: keeps cookies, sends forms with the token of the page, follows redirects. */

/** What the visitor sees after a request, redirects followed. */
export interface Seen {
  readonly status: number;
  /** Status of the first answer: 303 after most forms. */
  readonly firstStatus: number;
  readonly headers: Headers;
  /** Path and query below the base path where the visitor stands now. */
  readonly path: string;
  readonly html: string;
  /** What a reader sees: tags gone, entities decoded, white space collapsed. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

type Value = string | number | boolean | readonly string[];
/** Fields of a form; a list sends the name several times, true is `yes` and false is not sent, as check boxes do. */
export type Fields = Readonly<Record<string, Value | undefined>>;

/** A file of a form. */
export interface FileToSend {
  readonly name: string;
  readonly type?: string;
  readonly content: string | Uint8Array;
}

export interface VisitorOptions {
  readonly language?: 'en' | 'de' | 'qps';
  /** More headers of every request, such as `User-Agent`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where no redirect is followed, `path` is the address asked for and `Location` stands in the headers. */
  readonly follow?: boolean;
}

/** Somebody with a browser of their own. */
export interface Visitor {
  get(path: string, options?: VisitorOptions): Promise<Seen>;
  /** Sends a form; the token comes from the last page seen unless `fields` holds `form-token`. */
  post(path: string, fields?: Fields, options?: VisitorOptions): Promise<Seen>;
  /** Sends a form with files (`multipart/form-data`), the fields first. */
  upload(
    path: string,
    fields: Fields,
    files: Readonly<Record<string, FileToSend>>,
    options?: VisitorOptions,
  ): Promise<Seen>;
  /** Signs in with the form; throws unless it leads to a page. Gives that page. */
  signIn(login: string, password: string): Promise<Seen>;
  /** The token of the last page seen; asks for a page when there was none. */
  formToken(): Promise<string>;
  /** For requests made by hand. */
  cookies(): string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, digits: string, name: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(digits) : Number.parseInt(hex, 16));
  });

/** The text of a page as a reader sees it. */
export function textOf(html: string): string {
  const bare = html.replace(/<(head|script|style)\b[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]*>/g, ' ');
  return decoded(bare).replace(/\s+/g, ' ').trim();
}

function* pairs(fields: Fields): Generator<[string, string]> {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'object') for (const one of value) yield [name, one];
    else yield [name, value === true ? 'yes' : String(value)];
  }
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly body?: URLSearchParams | FormData;
}

class BrowserlessVisitor implements Visitor {
  readonly #origin: string;
  readonly #base: string;
  readonly #options: VisitorOptions;
  readonly #jar = new Map<string, string>();
  #token: string | null = null;

  constructor(server: { readonly origin: string; readonly base: string }, options: VisitorOptions) {
    this.#origin = server.origin;
    this.#base = server.base;
    this.#options = options;
  }

  cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const isOver = attributes.some((attribute) => /^max-age=0$/i.test(attribute));
      if (isOver) this.#jar.delete(pair.slice(0, at));
      else this.#jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  #headers(options: VisitorOptions, method: Sent['method']): Record<string, string> {
    const cookie = this.cookies();
    return {
      'Accept-Language': options.language ?? 'en',
      'Sec-Fetch-Site': 'same-origin',
      ...(method === 'POST' ? { Origin: this.#origin } : {}),
      ...(cookie === '' ? {} : { Cookie: cookie }),
      ...options.headers,
    };
  }

  async #ask(path: string, sent: Sent, only: VisitorOptions): Promise<Seen> {
    const options = { ...this.#options, ...only, headers: { ...this.#options.headers, ...only.headers } };
    let url = new URL(this.#origin + this.#base + path);
    let next: Sent = sent;
    let firstStatus: number | null = null;
    for (let hops = 0; ; hops += 1) {
      const answer = await fetch(url, {
        ...next,
        redirect: 'manual',
        headers: this.#headers(options, next.method),
      });
      firstStatus ??= answer.status;
      this.#keep(answer.headers);
      const location = answer.headers.get('location');
      const isRedirect = answer.status >= 300 && answer.status < 400 && location !== null;
      if (!isRedirect || options.follow === false) return this.#seen(url, answer, firstStatus);
      await answer.body?.cancel();
      if (hops === 10) throw new Error(`${path} leads in circles, now at ${location}`);
      url = new URL(location, url);
      if (url.origin !== this.#origin || !url.pathname.startsWith(`${this.#base}/`))
        throw new Error(`${path} leads away to ${location}`);
      next = { method: 'GET' };
    }
  }

  async #seen(url: URL, answer: Response, firstStatus: number): Promise<Seen> {
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const html = Buffer.from(bytes).toString('utf8');
    const token = /name="form-token" value="([^"]+)"/.exec(html)?.[1];
    if (token !== undefined) this.#token = decoded(token);
    return {
      status: answer.status,
      firstStatus,
      headers: answer.headers,
      path: url.pathname.slice(this.#base.length) + url.search,
      html,
      text: textOf(html),
      bytes,
    };
  }

  get(path: string, options: VisitorOptions = {}): Promise<Seen> {
    return this.#ask(path, { method: 'GET' }, options);
  }

  async formToken(): Promise<string> {
    if (this.#token === null) await this.get('/sign-in');
    if (this.#token === null) throw new Error('No page with a form was seen.');
    return this.#token;
  }

  async post(path: string, fields: Fields = {}, options: VisitorOptions = {}): Promise<Seen> {
    const body = new URLSearchParams();
    if (fields['form-token'] === undefined) body.append('form-token', await this.formToken());
    for (const [name, value] of pairs(fields)) body.append(name, value);
    return this.#ask(path, { method: 'POST', body }, options);
  }

  async upload(
    path: string,
    fields: Fields,
    files: Readonly<Record<string, FileToSend>>,
    options: VisitorOptions = {},
  ): Promise<Seen> {
    const body = new FormData();
    if (fields['form-token'] === undefined) body.append('form-token', await this.formToken());
    for (const [name, value] of pairs(fields)) body.append(name, value);
    for (const [name, { name: fileName, type = 'application/octet-stream', content }] of Object.entries(
      files,
    ))
      body.append(name, new Blob([Buffer.from(content)], { type }), fileName);
    return this.#ask(path, { method: 'POST', body }, options);
  }

  async signIn(login: string, password: string): Promise<Seen> {
    await this.get('/sign-in');
    const seen = await this.post('/sign-in', { login, password });
    if (seen.firstStatus !== 303) throw new Error(`${login} cannot sign in: ${seen.status} ${seen.text}`);
    return seen;
  }
}

/** Somebody who has not been here before. */
export function visitor(
  server: { readonly origin: string; readonly base: string },
  options: VisitorOptions = {},
): Visitor {
  return new BrowserlessVisitor(server, options);
}
