import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Path of the request that was finally answered. */
  readonly path: string;
}

export interface Call {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Sends one request as it stands and collects the answer; `Transfer-Encoding: chunked` is honoured. */
export function send(call: Call): Promise<Answer> {
  const { hostname, port } = new URL(call.origin);
  const bytes = call.body === null ? null : Buffer.from(call.body, 'utf8');
  const headers: Record<string, string> = { ...call.headers };
  const isChunked = Object.keys(headers).some((name) => name.toLowerCase() === 'transfer-encoding');
  if (bytes !== null && !isChunked) headers['Content-Length'] = String(bytes.length);
  return new Promise((resolve, reject) => {
    const req = httpRequest(
      { hostname, port, method: call.method, path: call.path, headers, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          const flat = Object.fromEntries(
            Object.entries(res.headers).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.join(', ') : (value ?? ''),
            ]),
          );
          const decode = DECODERS[flat['content-encoding'] ?? ''] ?? ((bytes: Buffer) => bytes);
          resolve({
            status: res.statusCode ?? 0,
            headers: flat,
            body: decode(Buffer.concat(chunks)).toString('utf8'),
            path: call.path,
          });
        });
      },
    );
    req.on('error', reject);
    req.end(bytes ?? undefined);
  });
}

const REDIRECTS = new Set([301, 302, 307, 308]);

/** Sends and follows up to five redirects of the same origin, keeping method, headers and body. */
export async function sendFollowing(call: Call): Promise<Answer> {
  let current = call;
  for (let hops = 0; hops < 5; hops++) {
    const answer = await send(current);
    const location = answer.headers['location'];
    if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
    const target = new URL(location, `${call.origin}${current.path}`);
    current = { ...current, path: `${target.pathname}${target.search}` };
  }
  throw new Error(`more than five redirects from ${call.path}`);
}
