import type { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { Refusal } from '../models/errors.ts';
import type { WireRequest } from '../protocols/wire.ts';
import type { SentFile } from './site.ts';

type Parser = InstanceType<typeof Busboy>;

/** What a form of the type `multipart/form-data` held. */
export interface Multipart {
  readonly fields: URLSearchParams;
  readonly files: ReadonlyMap<string, SentFile>;
}

const MAX_FIELD_BYTES = 64 * 1024;
const MAX_FIELDS = 2000;
const MAX_FILES = 10;

/** True for a form that carries files. */
export function isMultipart(request: Pick<WireRequest, 'headers'>): boolean {
  return /^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '');
}

/** A parser for the body of this request; throws `Refusal` 400 when its type has no boundary. */
export function openMultipart(request: Pick<WireRequest, 'headers'>, maxFileBytes: number): Parser {
  const headers: BusboyHeaders = { 'content-type': request.headers['content-type'] ?? '' };
  try {
    return new Busboy({
      headers,
      limits: { fieldSize: MAX_FIELD_BYTES, fields: MAX_FIELDS, files: MAX_FILES, fileSize: maxFileBytes },
    });
  } catch {
    throw new Refusal(400, 'The form cannot be read: its type names no boundary.');
  }
}

function collectFiles(parser: Parser, files: Map<string, SentFile>, maxFileBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.on('file', (field, stream, name, _encoding, type) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () =>
        reject(new Refusal(413, `A file of the form is larger than ${maxFileBytes} bytes.`)),
      );
      stream.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (name !== '' && bytes.length > 0) files.set(field, { name, type, bytes });
      });
    });
    parser.on('error', () => reject(new Refusal(400, 'The form ends in the middle. Send it again.')));
    parser.on('finish', () => resolve());
  });
}

/** Reads a whole form with small files into memory. Throws `Refusal` 400 for a broken form, 413 for a file that is too large. */
export async function readMultipart(
  request: WireRequest,
  maxBytes: number,
  maxFileBytes: number,
): Promise<Multipart> {
  const body = await request.readBody(maxBytes);
  const parser = openMultipart(request, maxFileBytes);
  const fields = new URLSearchParams();
  const files = new Map<string, SentFile>();
  parser.on('field', (name, value) => fields.append(name, String(value)));
  const done = collectFiles(parser, files, maxFileBytes);
  parser.end(Buffer.from(body));
  await done;
  return { fields, files };
}

/** A form with large files that are taken as they come. */
export interface FileTaker {
  /** A field, before the files; throws to refuse the form. */
  field(name: string, value: string): void;
  /** A file; the next one waits until it is done. Throws to refuse the form. */
  file(name: string, stream: AsyncIterable<Uint8Array>): Promise<void>;
}

/** The first thing that went wrong with a form, for all who wait for the rest of it. */
class Failing {
  error: unknown = null;
  readonly given: Promise<void>;
  #giveUp: () => void = () => {};

  constructor() {
    this.given = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  fail(error: unknown): void {
    this.error ??= error;
    this.#giveUp();
  }
}

interface Taken {
  readonly taking: Promise<void>[];
  readonly streams: Readable[];
  /** Resolves when the form has ended, whole or broken. */
  readonly ended: Promise<void>;
}

/** Hands fields and files to the taker as they come, one file after the other. */
function handOver(parser: Parser, taker: FileTaker, failing: Failing): Taken {
  const taking: Promise<void>[] = [];
  const streams: Readable[] = [];
  const ended = new Promise<void>((resolve) => {
    parser.on('finish', () => resolve());
    parser.on('error', () => {
      failing.fail(new Refusal(400, 'The form ends in the middle. Send it again.'));
      resolve();
    });
  });
  parser.on('field', (name, value) => {
    try {
      if (failing.error === null) taker.field(name, String(value));
    } catch (error) {
      failing.fail(error);
    }
  });
  parser.on('file', (_field, stream, name) => {
    stream.on('error', () => {});
    streams.push(stream);
    if (name === '' || failing.error !== null) {
      stream.resume();
      return;
    }
    const before = taking.at(-1) ?? Promise.resolve();
    const done = before
      .then(() => taker.file(name, stream))
      .catch((error: unknown) => {
        failing.fail(error);
        stream.resume();
      });
    taking.push(done);
  });
  return { taking, streams, ended };
}

/**
 * Reads a form whose files are too large for memory, with back-pressure. Throws what the taker throws, `Refusal` 400 for a
 * broken form, 413 beyond `maxBytes`.
 */
export async function takeMultipart(request: WireRequest, maxBytes: number, taker: FileTaker): Promise<void> {
  const parser = openMultipart(request, Number.MAX_SAFE_INTEGER);
  const failing = new Failing();
  const { taking, streams, ended } = handOver(parser, taker, failing);
  const drained = () => new Promise<void>((resolve) => parser.once('drain', () => resolve()));
  try {
    for await (const chunk of request.openBody(maxBytes)) {
      if (failing.error !== null) break;
      if (!parser.write(Buffer.from(chunk))) await Promise.race([drained(), ended, failing.given]);
    }
  } catch (error) {
    // Whoever reads a file of it must not wait for the rest of a broken connection.
    failing.fail(error);
    for (const stream of streams) stream.destroy();
    await Promise.all(taking);
  }
  if (failing.error === null) {
    parser.end();
    // A file that is refused at its last piece never lets the form end.
    await Promise.race([ended, failing.given]);
    await Promise.all(taking);
  } else parser.destroy();
  if (failing.error !== null) throw failing.error;
}
