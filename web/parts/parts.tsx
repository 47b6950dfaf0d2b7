import type { ComponentChildren, JSX } from 'preact';
import type { PageContext } from '../site.ts';

/** An icon of the sprite, hidden from readers: the text beside it says the same. */
export function Icon({ ctx, name }: { readonly ctx: PageContext; readonly name: string }): JSX.Element {
  return (
    <svg class="icon" width="20" height="20" aria-hidden="true">
      <use href={`${ctx.asset('icons.svg')}#${name}`} />
    </svg>
  );
}

/** The mark of the house. */
export function Mark(): JSX.Element {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <path d="M7 7.5h7M7 12h10M7 16.5h4" stroke="var(--on-accent)" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}

/** Where every form sends what proves that the page made it. */
export function FormToken({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  return <input type="hidden" name="form-token" value={ctx.formToken} />;
}

interface FieldProps {
  readonly ctx: PageContext;
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly value?: string;
  readonly hint?: string | undefined;
  readonly wrong?: string | undefined;
  readonly autocomplete?: string;
  readonly isNeeded?: boolean;
  readonly hasFocus?: boolean;
}

function Input(props: FieldProps & { readonly describedBy: string | undefined }): JSX.Element {
  const { name, type, wrong } = props;
  const common = {
    id: name,
    name,
    autocomplete: props.autocomplete ?? 'off',
    autocapitalize: name === 'name' ? 'words' : 'none',
    spellcheck: false,
    required: props.isNeeded ?? true,
    autofocus: props.hasFocus ?? false,
    'aria-invalid': wrong === undefined ? undefined : 'true',
    'aria-describedby': props.describedBy,
  } as const;
  // A password is never sent back to the page.
  if (type === 'password') return <input {...common} type="password" />;
  if (type === 'email') return <input {...common} type="email" value={props.value ?? ''} />;
  return <input {...common} type="text" value={props.value ?? ''} />;
}

/** A labelled input with its hint and, when it was not right, what to change. */
export function Field(props: FieldProps): JSX.Element {
  const { ctx, name, label, hint, wrong } = props;
  const described = [hint === undefined ? '' : `${name}-hint`, wrong === undefined ? '' : `${name}-wrong`];
  const describedBy = described.filter((id) => id !== '').join(' ');
  return (
    <div class="field" data-bad={wrong === undefined ? undefined : ''}>
      <label for={name}>{label}</label>
      <Input {...props} describedBy={describedBy === '' ? undefined : describedBy} />
      {wrong === undefined ? null : (
        <p class="wrong" id={`${name}-wrong`}>
          <Icon ctx={ctx} name="stop" />
          {wrong}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface NoticeProps {
  readonly ctx: PageContext;
  readonly kind: 'ok' | 'warn' | 'bad' | 'note';
  readonly fact: string;
  /** One button at the right: a `ButtonLink`, or a `PostForm` with a `Button`. */
  readonly action?: ComponentChildren;
  readonly children?: ComponentChildren;
}

const NOTICE_ICONS = { ok: 'check', warn: 'warning', bad: 'stop', note: 'note' } as const;

/** One line of fact, one of cause, one button; the worst kinds are announced at once. */
export function Notice({ ctx, kind, fact, action, children }: NoticeProps): JSX.Element {
  return (
    <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon ctx={ctx} name={NOTICE_ICONS[kind]} />
      <div>
        <strong>{fact}</strong>
        {children}
      </div>
      {action}
    </div>
  );
}
