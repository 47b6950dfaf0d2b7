import type { JSX } from 'preact';
import { encode } from 'uqr';

/** A QR code of a link as one SVG path; dark on white whatever the theme, since cameras expect it. */
export function LinkCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return (
    <svg class="link-code" viewBox={`0 0 ${size} ${size}`} role="img" shape-rendering="crispEdges">
      <title>{label}</title>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
