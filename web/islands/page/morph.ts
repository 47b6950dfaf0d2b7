/** Attributes that belong to whoever uses the page, not to the server. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  DETAILS: ['open'],
  INPUT: ['value', 'checked'],
  OPTION: ['selected'],
};
/** At most one message in this time, for those who hear the page. */
const QUIET_MS = 10_000;

/** Makes one part of the page equal to another, touching only what differs: focus, open folds and typing stay. */
export class Morph {
  readonly #spokenMs = new WeakMap<Element, number>();

  /** True when all was made equal; false when something that speaks must wait. */
  into(old: Element, fresh: Element): boolean {
    if (old.isEqualNode(fresh) || old.nodeName === 'NOSCRIPT') return true;
    if (old.getAttribute('role') === 'status') {
      const last = this.#spokenMs.get(old);
      if (last !== undefined && Date.now() - last < QUIET_MS) return false;
      this.#spokenMs.set(old, Date.now());
    }
    this.#attributes(old, fresh);
    return this.#children(old, fresh);
  }

  #attributes(old: Element, fresh: Element): void {
    const own = OWN[old.nodeName] ?? [];
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name) && !own.includes(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value && !own.includes(name)) old.setAttribute(name, value);
  }

  #children(old: Element, fresh: Element): boolean {
    let isWhole = true;
    const before = [...old.childNodes];
    const after = [...fresh.childNodes];
    for (const [at, next] of after.entries()) {
      const node = before[at];
      if (node === undefined) old.append(document.importNode(next, true));
      else if (node instanceof Element && next instanceof Element && isSame(node, next))
        isWhole = this.into(node, next) && isWhole;
      else if (!node.isEqualNode(next)) node.replaceWith(document.importNode(next, true));
    }
    for (const node of before.slice(after.length)) node.remove();
    return isWhole;
  }
}

const isSame = (a: Element, b: Element) => a.nodeName === b.nodeName && a.id === b.id;

/** The same page again as the server has it now; null when it leads elsewhere, such as to sign-in. Throws when there is no answer. */
export async function fetchPage(url: string, signal?: AbortSignal): Promise<Document | null> {
  const answer = await fetch(url, { headers: { Accept: 'text/html' }, signal: signal ?? null });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}
