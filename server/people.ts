import type { Handler } from '../protocols/wire.ts';
import type { Config } from './config.ts';
import type { PeopleParts } from './site.ts';

/** The handlers that people's browsers and scripts reach. */
export interface PeopleHandlers {
  readonly web: Handler;
  readonly api: Handler;
  readonly flows: Handler;
}

/**
 * Pages and JSON API, loaded when somebody asks for the first of them: devices never do, and a server that only syncs starts
 * sooner and stays smaller.
 */
export function lazyPeople(parts: PeopleParts & { readonly config: Config }): PeopleHandlers {
  let opened: Promise<PeopleHandlers> | null = null;
  const handlers = (): Promise<PeopleHandlers> => {
    opened ??= import('./site.ts').then(({ openPeople }) => openPeople(parts));
    return opened;
  };
  return {
    web: async (v, request) => (await handlers()).web(v, request),
    api: async (v, request) => (await handlers()).api(v, request),
    flows: async (v, request) => (await handlers()).flows(v, request),
  };
}
