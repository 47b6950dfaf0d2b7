import { findDuplicates } from '../../models/contacts/duplicates.ts';
import { type Comparison, compareContacts } from '../../models/contacts/merge.ts';
import type { CardPlace, Contact } from '../../models/contacts/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { Choice } from '../../models/vcard/edit-merge.ts';
import {
  FORGET_APART,
  MERGE_CERTAIN,
  MERGE_CONTACTS,
  TELL_APART,
  UNDO_MERGE,
} from '../../protocols/api/routes/contacts-duplicates.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { cardPath } from '../pages/contact-parts.tsx';
import { DuplicatesPage, MergePage, type PairData, type Side } from '../pages/duplicates.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import { calledOf, placeIn } from './contact-places.ts';

function sideOf(page: PageRequest, contact: Contact): Side {
  const { collection, name, etag, hasPhoto, modifiedUtc } = contact;
  return {
    collection,
    name,
    etag,
    hasPhoto,
    modifiedUtc,
    shownName: calledOf(page, contact),
    book: contact.book.displayName,
  };
}

function pairOf(page: PageRequest, comparison: Comparison, reason: PairData['reason']): PairData {
  const { keep, other, fields } = comparison;
  return { keep: sideOf(page, keep), other: sideOf(page, other), fields, reason };
}

async function show(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const all = await findDuplicates(app, actor);
  const wanted = Number(page.request.query.get('at') ?? '0');
  const at = Number.isSafeInteger(wanted) ? Math.max(0, Math.min(all.length - 1, wanted)) : 0;
  const candidate = all[at];
  const pair =
    candidate === undefined
      ? null
      : pairOf(page, await compareContacts(app, actor, candidate.left, candidate.right), candidate);
  const certain = all.filter((each) => each.strength === 'certain').length;
  return html(
    page,
    200,
    DuplicatesPage({ ctx: contextOf(page), data: { pair, at, total: all.length, certain } }),
  );
}

function placeNamed(text: string | null): CardPlace {
  const place = placeIn(text ?? '');
  if (place === null) throw new Refusal(404, 'There is no such contact.');
  return place;
}

async function openMerge(page: PageRequest): Promise<WireResponse> {
  const { query } = page.request;
  const [left, right] = [placeNamed(query.get('left')), placeNamed(query.get('right'))];
  const comparison = await compareContacts(page.site.app, actorOf(page), left, right);
  return html(page, 200, MergePage({ ctx: contextOf(page), pair: pairOf(page, comparison, null) }));
}

function choicesIn(form: URLSearchParams): Record<string, Choice> {
  const choices: Record<string, Choice> = {};
  for (const [name, value] of form)
    if (name.startsWith('choice-') && (value === 'keep' || value === 'other'))
      choices[name.slice('choice-'.length)] = value;
  return choices;
}

const backTo = (page: PageRequest): string =>
  `/contacts/duplicates?at=${Number(page.form.get('at') ?? '0') || 0}`;

async function merge(page: PageRequest): Promise<WireResponse> {
  const { form } = page;
  const [keep, other] = [placeNamed(form.get('keep')), placeNamed(form.get('other'))];
  const seen = { keep: form.get('seen-keep') ?? '', other: form.get('seen-other') ?? '' };
  try {
    const { batch, shownName } = await perform(page, MERGE_CONTACTS, {
      keep,
      other,
      choices: choicesIn(form),
      seen,
    });
    const undo = { action: '/contacts/merges/undo', fields: { batch } };
    const text = page.words.t('duplicates.merged', { name: shownName });
    return redirect(page, form.get('at') === '' ? cardPath(keep) : backTo(page), { text, undo });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 412) throw error;
    const pair = new URLSearchParams({ left: form.get('keep') ?? '', right: form.get('other') ?? '' });
    const again = form.get('at') === '' ? `/contacts/merge?${pair}` : backTo(page);
    return redirect(page, again, { text: page.words.t('duplicates.changed') });
  }
}

async function mergeAllCertain(page: PageRequest): Promise<WireResponse> {
  const { batch, count } = await perform(page, MERGE_CERTAIN, {});
  const text = page.words.n('duplicates.merged.certain', count);
  return redirect(page, '/contacts/duplicates', {
    text,
    undo: { action: '/contacts/merges/undo', fields: { batch } },
  });
}

async function undo(page: PageRequest): Promise<WireResponse> {
  try {
    const { count } = await perform(page, UNDO_MERGE, { batch: page.form.get('batch') ?? '' });
    return redirect(page, '/contacts', { text: page.words.n('duplicates.undone', count) });
  } catch (error) {
    if (!(error instanceof Refusal) || (error.status !== 409 && error.status !== 404)) throw error;
    return redirect(page, '/contacts', { text: page.words.t('duplicates.undo.late') });
  }
}

async function distinct(page: PageRequest): Promise<WireResponse> {
  const [left, right] = [placeNamed(page.form.get('keep')), placeNamed(page.form.get('other'))];
  await perform(page, TELL_APART, { left, right });
  const fields = { keep: page.form.get('keep') ?? '', other: page.form.get('other') ?? '' };
  const text = page.words.t('duplicates.told-apart');
  return redirect(page, backTo(page), { text, undo: { action: '/contacts/duplicates/forget', fields } });
}

async function forget(page: PageRequest): Promise<WireResponse> {
  const [left, right] = [placeNamed(page.form.get('keep')), placeNamed(page.form.get('other'))];
  await perform(page, FORGET_APART, { left, right });
  return redirect(page, '/contacts/duplicates', { text: page.words.t('duplicates.forgotten') });
}

/** Duplicates and merging. */
export const DUPLICATE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/contacts/duplicates', who: 'signed-in', run: show },
  { method: 'GET', path: '/contacts/merge', who: 'signed-in', run: openMerge },
  {
    method: 'POST',
    path: '/contacts/duplicates/merge',
    who: 'signed-in',
    does: ['mergeContacts'],
    run: merge,
  },
  {
    method: 'POST',
    path: '/contacts/duplicates/merge-certain',
    who: 'signed-in',
    does: ['mergeCertain'],
    run: mergeAllCertain,
  },
  {
    method: 'POST',
    path: '/contacts/duplicates/distinct',
    who: 'signed-in',
    does: ['tellContactsApart'],
    run: distinct,
  },
  {
    method: 'POST',
    path: '/contacts/duplicates/forget',
    who: 'signed-in',
    does: ['forgetContactsApart'],
    run: forget,
  },
  { method: 'POST', path: '/contacts/merges/undo', who: 'signed-in', does: ['undoMerge'], run: undo },
];
