import { countDuplicates } from '../../models/contacts/duplicates.ts';
import { hasDevice, timelinesOf } from '../../models/devices/service.ts';
import { overviewOf } from '../../models/overview/service.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { OverviewPage } from '../pages/overview.tsx';
import { weekStartOf } from '../parts/timeline.tsx';
import { contextOf, html, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

const TOP = 12;
const MOST = 200;

async function overview(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const found = await overviewOf(app, actor);
  const shown = page.request.query.has('all') ? MOST : TOP;
  const sinceUtc = weekStartOf(Math.floor(app.clock.nowMs() / 1000), page.timeZone);
  const data = {
    overview: found,
    stretches: await timelinesOf(app, found.devices.slice(0, shown), sinceUtc),
    duplicates: (await countDuplicates(app, actor)).pairs,
    shown,
  };
  return html(page, 200, OverviewPage({ ctx: contextOf(page), data }));
}

async function home(page: PageRequest): Promise<WireResponse> {
  const actor = actorOf(page);
  if (actor.isAdmin) return overview(page);
  return redirect(page, (await hasDevice(page.site.app, actor.principal)) ? '/calendar' : '/connect');
}

/** The first page of somebody who is signed in. */
export const HOME_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/', who: 'signed-in', does: ['getOverview'], run: home },
];
