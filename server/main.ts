import { createSetupInvitation } from '../models/credentials/service.ts';
import { BadConfiguration, type Config, requireSafeListener } from './config.ts';
import { openLog } from './log.ts';
import { type RunningServer, startServer } from './start.ts';

const SETUP_MINUTES = 30;

/** Prints the one-time link for the first administrator, as long as there is none. */
async function announce(server: RunningServer, config: Config): Promise<void> {
  console.log(`Daybook is listening on ${server.url}`);
  const token = await createSetupInvitation(server.app);
  if (token === null) return;
  const outside = config.baseUrl === null ? server.url : config.baseUrl.origin + config.baseUrl.base;
  console.log(
    `\nNobody can sign in yet. Make the first administrator here (the link works for ${SETUP_MINUTES} minutes):`,
  );
  console.log(`  ${outside}/setup?token=${token}\n`);
}

function listenError(error: unknown, config: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE')
    return `Port ${config.port} is already used by another program. Choose another with PORT.`;
  if (code === 'EACCES')
    return `Port ${config.port} may not be used by this account. Choose one above 1023 with PORT.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST="${config.host}" is not an address of this machine.`;
  return `Daybook could not start: ${error instanceof Error ? error.message : String(error)}`;
}

/** Runs the server until a signal ends it; gives the exit code. Throws `BadConfiguration`. */
export async function serve(config: Config): Promise<number> {
  requireSafeListener(config);
  const log = openLog(config.logLevel, process.stderr);
  let server: RunningServer;
  try {
    server = await startServer(config, log);
  } catch (error) {
    if (error instanceof BadConfiguration) throw error;
    log.debug('start.failed', { error });
    console.error(listenError(error, config));
    return 1;
  }
  const ended = untilEnd(log);
  await announce(server, config);
  const code = await ended;
  await server.close();
  return code;
}

/** Resolves with the exit code: 0 after a signal, 1 after a bug nobody caught. A second signal ends at once. */
function untilEnd(log: ReturnType<typeof openLog>): Promise<number> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      log.info('server.stopping', { signal });
      process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
      resolve(0);
    };
    const onBug = (error: unknown) => {
      // Nobody knows what state is left behind: stop, and let the supervisor start a clean process.
      log.error('server.bug', { error });
      setTimeout(() => process.exit(1), 5000).unref();
      resolve(1);
    };
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    process.on('uncaughtException', onBug).on('unhandledRejection', onBug);
  });
}
