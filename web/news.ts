import type { App, Topic } from '../models/app.ts';
import { findSession } from '../models/credentials/service.ts';
import type { PrincipalId, UserActor } from '../models/types.ts';
import type { Session } from './session.ts';

/** One open page each; a browser closes those of pages nobody looks at. */
const MAX_STREAMS = 8;
/** More often than proxies give up on a silent connection. */
const HEARTBEAT_MS = 25_000;
const RETRY_MS = 3000;

/** What has arrived for one stream and was not read yet. */
class Inbox {
  readonly #topics = new Set<Topic>();
  #isDue = false;
  #wake: (() => void) | null = null;

  put(topic: Topic): void {
    this.#topics.add(topic);
    this.wake();
  }

  beat(): void {
    this.#isDue = true;
    this.wake();
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  async next(): Promise<void> {
    if (this.#topics.size > 0 || this.#isDue) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Empties it; several news of one topic are one. */
  take(): { readonly topics: readonly Topic[]; readonly isDue: boolean } {
    const taken = { topics: [...this.#topics], isDue: this.#isDue };
    this.#topics.clear();
    this.#isDue = false;
    return taken;
  }
}

/** Administrators see the devices of everybody. */
const concerns = (actor: UserActor, person: PrincipalId, topic: Topic) =>
  person === actor.principal || (actor.isAdmin && topic === 'device');

/** Streams of news for open pages (server-sent events), a bounded number for each person. */
export class NewsStreams {
  readonly #app: App;
  readonly #stopping: AbortSignal;
  readonly #open = new Map<PrincipalId, number>();

  /** All streams end when `stopping` is aborted. */
  constructor(app: App, stopping: AbortSignal) {
    this.#app = app;
    this.#stopping = stopping;
  }

  /** The stream of one page, until `gone`, the end of the session or of the server; null when there are too many. */
  open(session: Session, gone: AbortSignal): AsyncIterable<string> | null {
    const { principal } = session.actor;
    const count = this.#open.get(principal) ?? 0;
    if (count >= MAX_STREAMS) return null;
    this.#open.set(principal, count + 1);
    return this.#stream(session, AbortSignal.any([gone, this.#stopping]));
  }

  #close(principal: PrincipalId): void {
    const count = this.#open.get(principal) ?? 0;
    if (count > 1) this.#open.set(principal, count - 1);
    else this.#open.delete(principal);
  }

  async *#stream({ actor, token }: Session, end: AbortSignal): AsyncGenerator<string> {
    const inbox = new Inbox();
    const stopListening = this.#app.hints.listen((person, topic) => {
      if (concerns(actor, person, topic)) inbox.put(topic);
    });
    const timer = setInterval(() => inbox.beat(), HEARTBEAT_MS);
    const onEnd = (): void => inbox.wake();
    end.addEventListener('abort', onEnd);
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      // The edge sends the head once it holds two pieces.
      yield ': open\n\n';
      while (!end.aborted) {
        await inbox.next();
        const { topics, isDue } = inbox.take();
        if (end.aborted || (isDue && (await findSession(this.#app, token)) === null)) return;
        yield topics.length === 0 ? ':\n\n' : `event: news\ndata: ${topics.join(' ')}\n\n`;
      }
    } finally {
      end.removeEventListener('abort', onEnd);
      clearInterval(timer);
      stopListening();
      this.#close(actor.principal);
    }
  }
}
