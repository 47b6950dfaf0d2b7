import type { App } from '../models/app.ts';
import { verifyApiToken } from '../models/credentials/service.ts';
import { serverSettings } from '../models/server/service.ts';
import { apiHandler } from '../protocols/api/handler.ts';
import { loginFlowHandler } from '../protocols/discovery/login-flow.ts';
import type { WireRequest } from '../protocols/wire.ts';
import { addressOf } from '../web/address.ts';
import { webHandler } from '../web/handler.ts';
import { NewsStreams } from '../web/news.ts';
import type { Site } from '../web/site.ts';
import { visitorOf } from '../web/visitor.ts';
import { openLanguages } from '../web/words.ts';
import { placeOf } from './app.ts';
import type { Config } from './config.ts';
import { loadAssets } from './http/assets.ts';
import type { PeopleHandlers } from './people.ts';
import { shownSettings } from './settings.ts';
import { readSigningKey } from './signing.ts';
import { readVersion } from './version.ts';

/** What pages and JSON API are built from. */
export interface PeopleParts {
  readonly app: App;
  readonly config: Config;
  readonly person: Site['person'];
  /** Aborted when the server begins to stop: answers without an end must end. */
  readonly stopping: AbortSignal;
}

function siteOf({ app, config, person, stopping }: PeopleParts): Site {
  return {
    app,
    person,
    base: config.baseUrl?.base ?? '',
    origin: config.baseUrl?.origin ?? null,
    place: placeOf(config.databaseUrl),
    assets: loadAssets(),
    languages: openLanguages(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    dataDir: config.dataDir,
    settings: shownSettings(config),
    signing: readSigningKey(config),
    news: new NewsStreams(app, stopping),
  };
}

/** Builds the pages and the JSON API over one site. */
export function openPeople(parts: PeopleParts): PeopleHandlers {
  const site = siteOf(parts);
  const address = async (request: WireRequest) =>
    addressOf({ site, request, server: await serverSettings(site.app.db) });
  const api = apiHandler({
    version: readVersion(),
    dataDir: site.dataDir,
    settings: site.settings,
    person: site.person,
    bearer: (token) => verifyApiToken(site.app, token),
    visitor: (request) => visitorOf(site, request),
    addressOf: address,
  });
  return { web: webHandler(site), api, flows: loginFlowHandler({ addressOf: address }) };
}
