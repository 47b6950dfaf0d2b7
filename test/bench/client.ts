import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A keep-alive client of one user. */
export class BenchClient {
  readonly #origin: string;
  readonly #authorization: string;
  readonly #agent: Agent;

  constructor(origin: string, user: string, password: string, connections: number) {
    this.#origin = origin;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body: string | null = null,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const req = request(
        `${this.#origin}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            Authorization: this.#authorization,
            ...headers,
            ...(body === null ? {} : { 'Content-Length': Buffer.byteLength(body) }),
          },
        },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('error', reject);
          res.on('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              headers: res.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      req.on('error', reject);
      req.end(body ?? undefined);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface Timing {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs `count` tasks over `connections` workers and times each. */
export async function timed(
  count: number,
  connections: number,
  task: (index: number) => Promise<void>,
): Promise<Timing> {
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const start = performance.now();
      await task(index);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (q: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Number.NaN;
  return { count, perSecond: count / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}
