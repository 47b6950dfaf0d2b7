import { type Reply, type Timing, timed } from './client.ts';
import { cpuMs, type RunningServer } from './process.ts';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly timing: Timing;
  readonly cpuMsPerOperation: number;
}

export const XML = { 'Content-Type': 'application/xml; charset=utf-8' };

/** Gives the reply back. Throws when it has another status. */
export function expectStatus(reply: Reply, status: number): Reply {
  if (reply.status !== status)
    throw new Error(`expected ${status}, got ${reply.status}: ${reply.body.slice(0, 300)}`);
  return reply;
}

/** Every href of a multistatus, in its order. */
export const hrefsOf = (body: string): readonly string[] =>
  [...body.matchAll(/<D:href>([^<]+)<\/D:href>/g)].map((m) => m[1] ?? '');

/** Runs a task `count` times over some connections and prints what each cost. */
export async function measure(
  server: RunningServer,
  what: string,
  count: number,
  connections: number,
  task: (index: number) => Promise<void>,
): Promise<Row> {
  const before = cpuMs(server.pid);
  const timing = await timed(count, connections, task);
  const row = { what, timing, cpuMsPerOperation: (cpuMs(server.pid) - before) / count };
  print(row);
  return row;
}

function print(row: Row): void {
  const { timing } = row;
  const figures = [
    `${row.cpuMsPerOperation.toFixed(3)} ms CPU`,
    `${timing.perSecond.toFixed(0)}/s`,
    `p50 ${timing.p50Ms.toFixed(2)} ms`,
    `p99 ${timing.p99Ms.toFixed(2)} ms`,
  ];
  console.log(`${row.what.padEnd(52)} ${figures.map((f) => f.padStart(16)).join('')}`);
}
