/** The pages of an import: a choice is saved when it is made, and a page whose import has moved on is loaded again. */

const state = document.querySelector<HTMLElement>('[data-state]')?.dataset['state'];
document.addEventListener('fresh', () => {
  if (document.querySelector<HTMLElement>('[data-state]')?.dataset['state'] !== state) location.reload();
});

/** Puts what depends on choices in the place of what stood there: the counts, and the button that counts. */
function renew(fresh: Document): void {
  for (const place of ['#review-top', '.head-actions']) {
    const next = fresh.querySelector(place);
    const now = document.querySelector(place);
    if (next !== null && now !== null)
      now.replaceChildren(...[...next.childNodes].map((node) => document.adoptNode(node)));
  }
}

async function save(form: HTMLFormElement, radio: HTMLInputElement): Promise<void> {
  const body = new URLSearchParams();
  for (const name of ['form-token', 'back']) {
    const field = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    if (field !== null) body.append(name, field.value);
  }
  body.append(radio.name, radio.value);
  const answer = await fetch(form.action, { method: 'POST', body });
  if (!answer.ok) throw new Error(String(answer.status));
  renew(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}

/** One after the other, so that the last word is the person's last. */
const queue = { last: Promise.resolve() };

document.addEventListener('change', ({ target }) => {
  const form = document.querySelector<HTMLFormElement>('#choices');
  if (form === null || !(target instanceof HTMLInputElement) || target.type !== 'radio') return;
  if (!form.contains(target)) return;
  queue.last = queue.last.then(() => save(form, target)).catch(() => form.requestSubmit());
});
