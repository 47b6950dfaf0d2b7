import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App, Log } from '../models/app.ts';
import { makeVerifier } from '../models/credentials/service.ts';
import { davHandler } from '../protocols/dav/handler.ts';
import { discoveryHandler } from '../protocols/discovery/handler.ts';
import { TABLES } from '../protocols/tables.ts';
import { timezonesHandler } from '../protocols/timezones/handler.ts';
import { type OpenApp, openApp, type Surroundings } from './app.ts';
import type { Config } from './config.ts';
import { createEdge } from './http/edge.ts';
import { basicLogin } from './http/login.ts';
import type { EdgeSettings } from './http/passage.ts';
import { openRecorder, type Recorder } from './http/recorder.ts';
import { importJobs, startImports } from './jobs/imports.ts';
import { JOBS } from './jobs/index.ts';
import { startJobs } from './jobs/runner.ts';
import { lazyPeople } from './people.ts';
import { yieldToEnvironment } from './settings.ts';
import { readSigningKey } from './signing.ts';
import { nodeChangedUtc, readVersion } from './version.ts';

/** A server that answers. */
export interface RunningServer {
  readonly app: App;
  /** Where it listens, without trailing slash and without the path of `BASE_URL`. */
  readonly url: string;
  /** Writes what was noted of devices so far; it is written at least once a minute anyway. */
  flush(): Promise<void>;
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

function edgeOf(app: App, config: Config, recorder: Recorder, stopping: AbortSignal): Server {
  const settings = edgeSettings(config);
  const login = basicLogin(makeVerifier(app, app.limits));
  const people = lazyPeople({ app, config, stopping, person: login.person });
  const timezones = timezonesHandler({ version: readVersion(), changedUtc: nodeChangedUtc() });
  const mounts = { dav: davHandler(TABLES), discovery: discoveryHandler, timezones, ...people };
  return createEdge({ app, settings, login, mounts, recorder });
}

/** Starts everything: database, jobs, listener. Throws when the database cannot be opened or the port is taken. */
export async function startServer(
  config: Config,
  log: Log,
  surroundings: Surroundings = {},
): Promise<RunningServer> {
  // Read again when the pages are opened; what is wrong with the files is said now.
  readSigningKey(config);
  const opened: OpenApp = await openApp(config, log, surroundings);
  try {
    await yieldToEnvironment(opened.app, config);
    const recorder = openRecorder(opened.app);
    const stopping = new AbortController();
    const server = edgeOf(opened.app, config, recorder, stopping.signal);
    const address = await listen(server, config);
    const jobs = startJobs(opened.app, [...JOBS, ...importJobs(config.dataDir)]);
    const imports = startImports(opened.app, config.dataDir);
    return {
      app: opened.app,
      url: urlOf(address),
      flush: () => recorder.flush(),
      async close() {
        stopping.abort();
        await drain(server);
        await imports.stop();
        await jobs.stop();
        await recorder.stop();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
