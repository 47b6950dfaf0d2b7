/** Below the base path, or below `/c/<code>`; DAVx5 always puts `index.php` before. */
const FLOW = ['login', 'v2'] as const;

/** What an address of the login flow asks for. */
export interface Asked {
  readonly code: string | undefined;
  readonly isPoll: boolean;
}

/** What a path asks for; null when it is no address of the flow. */
export function readFlowPath(segments: readonly string[]): Asked | null {
  const hasCode = segments[0] === 'c' && segments.length > 3;
  const code = hasCode ? segments[1] : undefined;
  const below = hasCode ? segments.slice(2) : segments;
  const path = below[0] === 'index.php' ? below.slice(1) : below;
  if (path[0] !== FLOW[0] || path[1] !== FLOW[1]) return null;
  if (path.length === 2) return { code, isPoll: false };
  return path.length === 3 && path[2] === 'poll' && !hasCode ? { code, isPoll: true } : null;
}
