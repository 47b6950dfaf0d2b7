import { type Targets, targetFor } from '../targets.ts';
import type { GroupTarget, ImportGroup } from './job.ts';

const MAX_GROUPS = 60;
const MAX_NAME = 100;

/** What tells the calendars and books of the files apart while they are read. */
export class Groups {
  readonly #targets: Targets;
  readonly #byKey = new Map<string, ImportGroup>();
  readonly #moved = new Set<string>();

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** The group of a file's items of one kind; too many groups share the last one of their kind. */
  take(file: string, name: string, component: string): ImportGroup {
    const isFull = this.#byKey.size >= MAX_GROUPS;
    const place = isFull && !this.#byKey.has(`${component}\n${file}`) ? '' : file;
    const key = `${component}\n${place}`;
    const known = this.#byKey.get(key) ?? {
      position: this.#byKey.size,
      name: name.slice(0, MAX_NAME),
      file: place,
      component,
      target: defaultTarget(this.#targets, component),
      made: null,
      items: 0,
    };
    const group = { ...known, items: known.items + 1 };
    this.#byKey.set(key, group);
    this.#moved.add(key);
    return group;
  }

  get all(): readonly ImportGroup[] {
    return [...this.#byKey.values()];
  }

  /** Groups that were not written down since they moved. */
  takeMoved(): readonly ImportGroup[] {
    const moved = [...this.#moved].flatMap((key) => this.#byKey.get(key) ?? []);
    this.#moved.clear();
    return moved;
  }
}

/** Where items of a kind go until somebody says otherwise. */
export function defaultTarget(targets: Targets, component: string): GroupTarget {
  const target = targetFor(targets, component);
  if (target.kind === 'stored') return { kind: 'stored', collection: target.collection.id };
  return target.kind === 'new' ? { kind: 'new', name: target.displayName } : { kind: 'none' };
}

/** What to call the calendar or book of a file: its last name without the ending. */
export function stemOf(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  const inner = base.slice(base.lastIndexOf('!') + 1);
  return inner.replace(/\.[A-Za-z0-9]{1,9}$/, '') || inner;
}

/** What to call a folder of single items; Apple keeps those of a calendar in a folder "Events" of it. */
export function folderName(folder: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && !/^(events|cards|items)$/i.test(part));
  return stemOf(parts.at(-1) ?? '');
}
