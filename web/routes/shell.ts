import type { Route } from '../site.ts';

/** What all pages share: the list of the rest on phones, and the stream of news for open pages. */
export const SHELL_ROUTES: readonly Route[] = [];
