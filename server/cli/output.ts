/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, partly: 3, notFound: 4, badConfiguration: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a plain text for the person who typed it. */
export class Stop extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
  }
}

/** Prints a result on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a value as JSON on standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Prints what is not the result on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Text from files and people as it may be printed: control characters would move the cursor. */
export function shown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '?');
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this account may not open it',
  EPERM: 'this account may not open it',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it exists already',
  EROFS: 'it lies on a read-only disk',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
};

/** What the operating system had against a file or folder, in words; null for errors of other kinds. */
export function fileTrouble(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return REASONS[error.code] ?? null;
}

/** Rows as columns of equal width; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A line on a terminal that is written over and over; nothing where nobody watches. */
export interface ProgressLine {
  update(text: string): void;
  clear(): void;
}

const TENTH_MS = 100;

/** Opens the progress line of a command on standard error. */
export function openProgress(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { update() {}, clear() {} };
  let lastMs = 0;
  return {
    update(text) {
      const nowMs = performance.now();
      if (nowMs - lastMs < TENTH_MS) return;
      lastMs = nowMs;
      stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    clear: () => void stream.write('\r\u001b[2K'),
  };
}
