import type { ComponentChildren, JSX } from 'preact';
import type { PageContext } from '../site.ts';
import { FormToken, Icon } from './parts.tsx';

/** Parts of forms beside `Field`: labels above, hints under labels, errors under fields. */

interface PostFormProps {
  readonly ctx: PageContext;
  /** A POST route below the base path. */
  readonly action: string;
  readonly id?: string;
  readonly class?: string;
  /** True: the form carries files. */
  readonly hasFiles?: boolean;
  /** Values that go along unseen. */
  readonly hidden?: Readonly<Record<string, string>>;
  readonly children: ComponentChildren;
}

/** A form that changes something; it carries the form token. */
export function PostForm(props: PostFormProps): JSX.Element {
  const { ctx, action, hidden = {} } = props;
  return (
    <form
      method="post"
      action={ctx.base + action}
      id={props.id}
      class={props.class}
      enctype={props.hasFiles === true ? 'multipart/form-data' : undefined}
    >
      <FormToken ctx={ctx} />
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {props.children}
    </form>
  );
}

interface ButtonProps {
  readonly ctx: PageContext;
  /** One primary button per view; `danger` for the step that destroys. */
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly icon?: string;
  readonly name?: string;
  readonly value?: string;
  /** For a button outside its form. */
  readonly form?: string;
  /** Full address (with base) when it sends the form elsewhere. */
  readonly formaction?: string;
  readonly children: ComponentChildren;
}

/** A button that sends its form: verb and object. */
export function Button(props: ButtonProps): JSX.Element {
  const { ctx, kind = 'plain', icon, children, ...rest } = props;
  return (
    <button type="submit" class={`button ${kind}`} {...rest}>
      {icon === undefined ? null : <Icon ctx={ctx} name={icon} />}
      {children}
    </button>
  );
}

interface ButtonLinkProps {
  readonly ctx: PageContext;
  /** Path below the base path. */
  readonly href: string;
  readonly kind?: ButtonProps['kind'];
  readonly icon?: string;
  /** A key that opens it, shown by `?`. */
  readonly shortcut?: string;
  readonly children: ComponentChildren;
}

/** A link that looks like a button, where pressing it only leads to another page. */
export function ButtonLink({
  ctx,
  href,
  kind = 'plain',
  icon,
  shortcut,
  children,
}: ButtonLinkProps): JSX.Element {
  return (
    <a class={`button ${kind}`} href={ctx.base + href} data-key={shortcut}>
      {icon === undefined ? null : <Icon ctx={ctx} name={icon} />}
      {children}
    </a>
  );
}

/** One choice of a list. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly hint?: string | undefined;
}

/** A labelled list to choose one from. */
export function Select({ name, label, options, value, hint }: ChoiceProps): JSX.Element {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name} aria-describedby={hint === undefined ? undefined : `${name}-hint`}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A few choices side by side, as a group of radio buttons. */
export function Segmented({ name, label, options, value }: ChoiceProps): JSX.Element {
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface CheckboxProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly isChecked?: boolean;
  readonly hint?: string;
}

/** One thing that is so or not. */
export function Checkbox({
  name,
  label,
  value = 'yes',
  isChecked = false,
  hint,
}: CheckboxProps): JSX.Element {
  const id = `${name}-${value}`;
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        name={name}
        value={value}
        checked={isChecked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      <div>
        <label for={id}>{label}</label>
        {hint === undefined ? null : (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

interface TextAreaProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly rows?: number;
  readonly hint?: string;
}

/** A labelled text of several lines. */
export function TextArea({ name, label, value, rows = 4, hint }: TextAreaProps): JSX.Element {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <textarea
        id={name}
        name={name}
        rows={rows}
        aria-describedby={hint === undefined ? undefined : `${name}-hint`}
      >
        {value}
      </textarea>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
