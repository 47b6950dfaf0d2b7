import type { JSX } from 'preact';
import { Alone } from '../layout.tsx';
import type { PageContext } from '../site.ts';

/** What happened, what is safe, one way on, and what to quote. */
export interface ErrorData {
  readonly title: string;
  readonly text: string;
  /** Stands in the log of the server too. */
  readonly id: string;
  /** The way on: a path below the base path. */
  readonly way: { readonly href: string; readonly text: string };
}

/** The page for everything that went wrong. */
export function ErrorPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: ErrorData;
}): JSX.Element {
  return (
    <Alone ctx={ctx} title={data.title}>
      <section class="sheet">
        <h1>{data.title}</h1>
        <p>{data.text}</p>
        <a class="button tall" href={ctx.base + data.way.href}>
          {data.way.text}
        </a>
        <p class="muted small">{ctx.words.t('error.id', { id: data.id })}</p>
      </section>
    </Alone>
  );
}
