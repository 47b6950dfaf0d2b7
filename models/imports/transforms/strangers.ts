import { stableUid } from './calendar.ts';
import { type CalLine, type CalNode, line, mainNodes, mapLines, valueIn, writeTree } from './tree.ts';

/** A calendar of one item; `part` says which component of the original calendar it begins with. */
export interface Split {
  readonly root: CalNode;
  readonly part: number;
}

/**
 * Some programs write the same UID into different items. Each further item that shares neither title nor start with the
 * first becomes a calendar of its own with a UID made from its content; copies and versions of one item stay together.
 */
export function splitStrangers(root: CalNode): readonly Split[] {
  const masters = mainNodes(root).filter((node) => valueIn(node, 'RECURRENCE-ID') === '');
  const [first, ...others] = masters;
  if (first === undefined || others.length === 0) return [{ root, part: 0 }];
  const strangers = others.filter((node) => isStranger(first, node));
  if (strangers.length === 0) return [{ root, part: 0 }];
  const isGone = (item: CalLine | CalNode): boolean => item.kind === 'node' && strangers.includes(item);
  const rest: CalNode = { ...root, items: root.items.filter((item) => !isGone(item)) };
  const around = root.items.filter((item) => item.kind === 'line' || item.name === 'VTIMEZONE');
  const parts = mainNodes(root);
  const own = strangers.map((node) => ({
    root: { ...root, items: [...around, withOwnUid(node)] },
    part: parts.indexOf(node),
  }));
  return [{ root: rest, part: 0 }, ...own];
}

function isStranger(a: CalNode, b: CalNode): boolean {
  return valueIn(a, 'SUMMARY') !== valueIn(b, 'SUMMARY') && valueIn(a, 'DTSTART') !== valueIn(b, 'DTSTART');
}

function withOwnUid(node: CalNode): CalNode {
  const uid = `UID:${stableUid(writeTree(node))}`;
  return mapLines(node, (l) => (l.name === 'UID' ? line(uid) : l)) ?? node;
}
