/** What the server tells the script of a page, in `data-page` of the body. */
export interface PageData {
  /** Path prefix of the server, without trailing slash. */
  readonly base: string;
  /** The server's clock when the page was made, seconds since the epoch; null on pages for strangers. */
  readonly now: number | null;
  /** Single-key shortcuts are wanted. */
  readonly hasKeys: boolean;
  /** After `g`: key, address, name of the page. */
  readonly go: readonly (readonly [string, string, string])[];
  readonly words: Readonly<Record<string, string>>;
}

/** Reads what the server wrote into the page. */
export function readPage(): PageData {
  const data: PageData = JSON.parse(document.body.dataset['page'] ?? '{}');
  return data;
}

/** Says a short text to readers of the screen, once. */
export function say(text: string): void {
  const id = 'said';
  let place = document.getElementById(id);
  if (place === null) {
    place = document.createElement('div');
    place.id = id;
    place.className = 'unseen';
    place.setAttribute('role', 'status');
    document.body.append(place);
  }
  place.textContent = text;
}
