import type { Fields, Seen } from './web.ts';

/** Reads the forms of a page, as a browser would send them. */

const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s>/])`).exec(tag);
  return value === null ? undefined : decoded(value[1] ?? '');
};

function add(fields: Record<string, string[]>, name: string | undefined, value: string): void {
  if (name !== undefined && name !== '') fields[name] = [...(fields[name] ?? []), value];
}

function inputs(form: string, fields: Record<string, string[]>): void {
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const type = attribute(tag, 'type') ?? 'text';
    if (type === 'file' || type === 'submit' || attribute(tag, 'disabled') !== undefined) continue;
    const isBox = type === 'checkbox' || type === 'radio';
    if (isBox && attribute(tag, 'checked') === undefined) continue;
    add(fields, attribute(tag, 'name'), attribute(tag, 'value') ?? (isBox ? 'on' : ''));
  }
}

/** The fields of the first form on a page whose action ends like this; throws when there is none. */
export function formOn(seen: Pick<Seen, 'html' | 'path'>, action: RegExp): Fields {
  const forms = [...seen.html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => form);
  const form = forms.find((text) =>
    action.test(attribute(/<form\b[^>]*>/.exec(text)?.[0] ?? '', 'action') ?? ''),
  );
  if (form === undefined) throw new Error(`${seen.path} has no form to ${action}`);
  const fields: Record<string, string[]> = {};
  inputs(form, fields);
  for (const [, open = '', options = ''] of form.matchAll(/(<select\b[^>]*>)([\s\S]*?)<\/select>/g)) {
    const tags = [...options.matchAll(/<option\b[^>]*>/g)].map(([tag]) => tag);
    const chosen = tags.find((tag) => attribute(tag, 'selected') !== undefined) ?? tags[0];
    if (chosen !== undefined) add(fields, attribute(open, 'name'), attribute(chosen, 'value') ?? '');
  }
  for (const [, open = '', text = ''] of form.matchAll(/(<textarea\b[^>]*>)([\s\S]*?)<\/textarea>/g))
    add(fields, attribute(open, 'name'), decoded(text));
  return fields;
}
