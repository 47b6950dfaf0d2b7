import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../models/errors.ts';
import type { WireRequest } from '../../protocols/wire.ts';
import type { Target } from './path.ts';

/** What the edge knows about a request before a handler sees it. */
export interface RequestParts {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly isSecure: boolean;
}

/** What a slow client must send within the time one request may take. */
const BODY_PIECE_BYTES = 1024 * 1024;

const CLOSE = { Connection: 'close' };

/** A request of the edge; the query, the signal and the body are made only when a handler asks. */
export class EdgeRequest implements WireRequest {
  readonly method: string;
  readonly segments: readonly string[];
  readonly hasTrailingSlash: boolean;
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly #parts: RequestParts;
  #query: URLSearchParams | null = null;
  #abort: AbortController | null = null;
  #isGone = false;
  #expectsContinue = false;
  #isBodyTaken = false;
  #onBody: () => void = () => {};

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.method = parts.message.method ?? 'GET';
    this.segments = parts.target.segments;
    this.hasTrailingSlash = parts.target.hasTrailingSlash;
    this.rawPath = parts.target.rawPath;
    this.headers = parts.headers;
    this.remoteAddress = parts.remoteAddress;
    this.isSecure = parts.isSecure;
    this.#expectsContinue = parts.headers['expect'] !== undefined;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#parts.target.rawQuery);
    return this.#query;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#isGone) this.#abort.abort();
      else this.#parts.response.once('close', () => this.abandon());
    }
    return this.#abort.signal;
  }

  /** True while the client's body stands unread on the connection. */
  get hasUnreadBody(): boolean {
    return hasBody(this.headers) && !this.#parts.message.readableEnded;
  }

  /** Tells whoever listens to `signal` that nobody waits for the answer any more. */
  abandon(): void {
    this.#isGone = true;
    this.#abort?.abort();
  }

  async readBody(maxBytes: number): Promise<Uint8Array> {
    if (!hasBody(this.headers)) return new Uint8Array(0);
    this.#takeBody(maxBytes);
    return collect(this.#parts.message, maxBytes);
  }

  /** Is told whenever another piece of a streamed body has come: an upload that goes on is not late. */
  watchBody(onBody: () => void): void {
    this.#onBody = onBody;
  }

  async *openBody(maxBytes: number): AsyncGenerator<Uint8Array> {
    if (!hasBody(this.headers)) return;
    this.#takeBody(maxBytes);
    const { message } = this.#parts;
    let size = 0;
    let told = 0;
    // `destroyOnReturn: false`: the answer to a refused upload still goes out on this connection.
    for await (const chunk of message.iterator({ destroyOnReturn: false })) {
      const bytes: Uint8Array = chunk;
      size += bytes.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      if (size >= told + BODY_PIECE_BYTES) {
        told = size;
        this.#onBody();
      }
      yield bytes;
    }
    if (!message.complete) throw broken();
  }

  /** Judges what the headers say about the body and asks the client for it. */
  #takeBody(maxBytes: number): void {
    const coding = this.headers['content-encoding'];
    if (coding !== undefined && coding.trim().toLowerCase() !== 'identity')
      throw new Refusal(415, 'Send the body without a content coding.', {
        'Accept-Encoding': 'identity',
        ...CLOSE,
      });
    const declared = this.headers['content-length'];
    const declaredBytes = declared === undefined ? 0 : Number(declared);
    if (declaredBytes > maxBytes) throw tooLarge(maxBytes);
    if (this.#isBodyTaken) throw new Error('The body of a request can be read once.');
    this.#isBodyTaken = true;
    if (this.#expectsContinue) this.#parts.response.writeContinue();
  }
}

function hasBody(headers: Readonly<Record<string, string>>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `The body is larger than ${maxBytes} bytes.`, CLOSE);
}

function broken(): Refusal {
  return new Refusal(400, 'The connection broke before the body was complete.', CLOSE);
}

/** Reads to the end; a connection that breaks before it rejects, so that nothing is done with half a body. */
function collect(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      message.off('data', onData).pause();
      reject(tooLarge(maxBytes));
    };
    message.on('data', onData);
    message.on('end', () => {
      const only = chunks.length === 1 ? chunks[0] : undefined;
      if (message.complete) resolve(only ?? Buffer.concat(chunks, size));
    });
    message.on('close', () => {
      if (!message.complete) reject(broken());
    });
  });
}
