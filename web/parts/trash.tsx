import type { JSX } from 'preact';
import type { PageContext, WordKey } from '../site.ts';
import { Button, PostForm } from './form.tsx';
import { Icon } from './parts.tsx';

type Ctx = Pick<PageContext, 'words'>;

const UNTITLED: Readonly<Record<string, WordKey>> = {
  VEVENT: 'trash.untitled.VEVENT',
  VTODO: 'trash.untitled.VTODO',
  VJOURNAL: 'trash.untitled.VJOURNAL',
  VCARD: 'trash.untitled.VCARD',
};

/** What something is called, or that it has no title. */
export function titleText({ words }: Ctx, component: string, title: string): string {
  return title === '' ? words.t(UNTITLED[component] ?? 'trash.untitled.other') : title;
}

/** Who did something to an item. */
export interface Doer {
  readonly deviceName: string | null;
  /** True when a device did it, known by name or not. */
  readonly isDevice: boolean;
  /** True when a person did it. */
  readonly isPerson: boolean;
}

/** Who it was, in the middle of a sentence. */
export function doerText({ words }: Ctx, { deviceName, isDevice, isPerson }: Doer): string {
  if (deviceName !== null) return deviceName;
  return words.t(isDevice ? 'trash.by.gone' : isPerson ? 'trash.by.pages' : 'trash.by.system');
}

/** A time as pages name it: day and minute in the viewer's zone. */
export function momentText(ctx: Pick<PageContext, 'words' | 'timeZone'>, utc: number): string {
  return ctx.words.when(utc, ctx.timeZone, { dateStyle: 'medium', timeStyle: 'short' });
}

interface At {
  readonly ctx: PageContext;
  readonly utc: number;
}

/** A time in one line. */
export function When({ ctx, utc }: At): JSX.Element {
  return (
    <time
      class="one-line"
      datetime={new Date(utc * 1000).toISOString()}
      title={ctx.words.ago(utc, ctx.nowUtc)}
    >
      {momentText(ctx, utc)}
    </time>
  );
}

/** How long something that goes at a time stays. */
export function Left({ ctx, utc }: At): JSX.Element {
  const seconds = utc - ctx.nowUtc;
  const { words } = ctx;
  return (
    <span class="one-line">
      {seconds < 86_400
        ? words.t('trash.left.today')
        : words.n('trash.left.days', Math.ceil(seconds / 86_400))}
    </span>
  );
}

interface ConfirmProps {
  readonly ctx: PageContext;
  /** What the first button says. */
  readonly summary: string;
  /** What the first button says to readers, where several look alike. */
  readonly label?: string;
  readonly sure: string;
  /** What the second button says; it names the thing. */
  readonly final: string;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly isQuiet?: boolean;
}

/** Two steps before something is gone for good. */
export function ForGood(props: ConfirmProps): JSX.Element {
  const { ctx, summary, label, sure, final, action, hidden, isQuiet = false } = props;
  return (
    <details class="confirm">
      <summary class={isQuiet ? 'button quiet' : 'button danger'} aria-label={label}>
        {summary}
      </summary>
      <p>{sure}</p>
      <PostForm ctx={ctx} action={action} hidden={hidden}>
        <Button ctx={ctx} kind="danger" icon="trash">
          {final}
        </Button>
      </PostForm>
    </details>
  );
}

/** A button among others like it: short for the eye, whole for readers. */
export function RowButton(props: {
  readonly ctx: PageContext;
  readonly icon: string;
  readonly short: string;
  readonly whole: string;
}): JSX.Element {
  return (
    <button type="submit" class="button" aria-label={props.whole}>
      <Icon ctx={props.ctx} name={props.icon} />
      {props.short}
    </button>
  );
}
