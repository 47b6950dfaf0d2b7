import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App, Log } from '../models/app.ts';
import { makeVerifier } from '../models/credentials/service.ts';
import { davHandler } from '../protocols/dav/handler.ts';
import { discoveryHandler } from '../protocols/discovery/handler.ts';
import { TABLES } from '../protocols/tables.ts';
import { webHandler } from '../web/handler.ts';
import type { Site } from '../web/site.ts';
import { openLanguages } from '../web/words.ts';
import { type OpenApp, openApp, placeOf, type Surroundings } from './app.ts';
import type { Config } from './config.ts';
import { loadAssets } from './http/assets.ts';
import { createEdge } from './http/edge.ts';
import { basicLogin } from './http/login.ts';
import type { EdgeSettings } from './http/passage.ts';
import { JOBS } from './jobs/index.ts';
import { startJobs } from './jobs/runner.ts';

/** A server that answers. */
export interface RunningServer {
  readonly app: App;
  /** Where it listens, without trailing slash and without the path of `BASE_URL`. */
  readonly url: string;
  /** Stops listening, lets running requests end, stops the jobs, closes the database. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;

function edgeSettings(config: Config): EdgeSettings {
  return {
    ...config,
    base: config.baseUrl?.base ?? '',
    origin: config.baseUrl?.origin ?? null,
    deadlineMs: config.requestDeadlineSeconds * 1000,
  };
}

function listen(server: Server, config: Config): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: config.host, port: config.port, backlog: 1024 }, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The server has no port.'));
      else resolve(address);
    });
  });
}

function urlOf(address: AddressInfo): string {
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Stops accepting; idle connections are closed at once, busy ones when their answer is out or the time is up. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const giveUp = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(giveUp);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function edgeOf(app: App, config: Config): Server {
  const settings = edgeSettings(config);
  const { base, origin } = settings;
  const login = basicLogin(makeVerifier(app, app.limits));
  const place = placeOf(config.databaseUrl);
  const site: Site = {
    app,
    base,
    origin,
    place,
    assets: loadAssets(),
    languages: openLanguages(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    dataDir: config.dataDir,
    settings: [],
    person: login.person,
  };
  const dav = davHandler(TABLES);
  const mounts = { dav, discovery: discoveryHandler, web: webHandler(site) };
  return createEdge({ app, settings, login, mounts });
}

/** Starts everything: database, jobs, listener. Throws when the database cannot be opened or the port is taken. */
export async function startServer(
  config: Config,
  log: Log,
  surroundings: Surroundings = {},
): Promise<RunningServer> {
  const opened: OpenApp = await openApp(config, log, surroundings);
  try {
    const server = edgeOf(opened.app, config);
    const address = await listen(server, config);
    const jobs = startJobs(opened.app, JOBS);
    return {
      app: opened.app,
      url: urlOf(address),
      async close() {
        await drain(server);
        await jobs.stop();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
