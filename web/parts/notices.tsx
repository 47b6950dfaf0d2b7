import type { JSX } from 'preact';
import type { MassChange } from '../../models/versions/trash.ts';
import type { PageContext } from '../site.ts';
import { Button, ButtonLink, PostForm } from './form.tsx';
import { Live } from './page.tsx';
import { Icon } from './parts.tsx';

/** Whether a page says what devices removed in masses, whatever it is about: where people arrive. */
export function hasNotices(path: string): boolean {
  return /^\/(calendar|contacts|connect|more|trash)?$/.test(path);
}

/** Where the bulk view of deletions is, as a path below the base path. */
export function bulkHref(which: {
  readonly collection: number;
  readonly device: string | null;
  readonly sinceUtc: number;
  readonly untilUtc: number;
}): string {
  const query = new URLSearchParams({
    collection: String(which.collection),
    device: which.device ?? 'none',
    since: String(which.sinceUtc),
    until: String(which.untilUtc),
  });
  return `/trash/bulk?${query}`;
}

function MassNotice({
  ctx,
  notice,
  back,
}: {
  readonly ctx: PageContext;
  readonly notice: MassChange;
  readonly back: string;
}): JSX.Element {
  const { t, n, when } = ctx.words;
  const { id, collection, count, collectionName, sinceUtc, untilUtc, device } = notice;
  const fact = n('notices.fact', count, {
    device: notice.deviceName ?? t('notices.device'),
    place: collectionName,
  });
  const began = when(sinceUtc, ctx.timeZone, { dateStyle: 'medium', timeStyle: 'short' });
  const hidden = { id: String(id), back };
  return (
    <div class="notice warn" role="status">
      <Icon ctx={ctx} name="warning" />
      <div>
        <strong>{fact}</strong>
        <p>{t('notices.cause', { when: began })}</p>
        <div class="actions">
          <PostForm ctx={ctx} action="/notices/return" hidden={hidden}>
            <Button ctx={ctx} icon="undo">
              {n('trash.restore.all', count)}
            </Button>
          </PostForm>
          <ButtonLink ctx={ctx} href={bulkHref({ collection, device, sinceUtc, untilUtc })} kind="quiet">
            {t('notices.look')}
          </ButtonLink>
          <PostForm ctx={ctx} action="/notices/dismiss" hidden={hidden}>
            <Button ctx={ctx} kind="quiet">
              {t('notices.dismiss')}
            </Button>
          </PostForm>
        </div>
      </div>
    </div>
  );
}

/**
 * What one device removed in masses, with one button that brings it back; it grows by itself while that goes on. `back` is
 * the page it stands on, a path below the base path. Give it what `openNotices` gives; without any it shows nothing.
 */
export function MassNotices({
  ctx,
  notices,
  back,
}: {
  readonly ctx: PageContext;
  readonly notices: readonly MassChange[];
  readonly back: string;
}): JSX.Element {
  return (
    <Live id="mass-notices" topics={['notice']} class="rows">
      {notices.map((notice) => (
        <MassNotice key={notice.id} ctx={ctx} notice={notice} back={back} />
      ))}
    </Live>
  );
}
