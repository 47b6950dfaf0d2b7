import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Log } from '../models/app.ts';

/** Levels a person may ask for, from quiet to talkative. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go; one call per line, the line ends in LF. */
export interface LogTarget {
  write(line: string): void;
}

const MAX_FIELD_CHARS = 256;
const SECRET = /authorization|cookie|password|passwd|secret|token|hash$/i;
/** C0 and C1 controls, line separators and bidirectional overrides: what could forge a line or move a terminal's cursor. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function harmless(text: string): string {
  const capped = text.length > MAX_FIELD_CHARS ? `${text.slice(0, MAX_FIELD_CHARS)}…` : text;
  return capped.replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A field as it may be logged: capped, control characters escaped, errors reduced to name, message and stack. */
function safe(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return harmless(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return safeError(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => safe(item, depth - 1));
  return safeFields(value, depth - 1);
}

function safeError(error: Error): object {
  // The stack is ours, not the client's; its lines stay readable and are capped as a whole.
  const stack = (error.stack ?? '')
    .split('\n')
    .slice(1, 12)
    .map((line) => harmless(line.trim()));
  return { name: harmless(error.name), message: harmless(error.message), stack };
}

function safeFields(fields: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields).slice(0, 40))
    out[harmless(key)] = SECRET.test(key) ? '[redacted]' : safe(value, depth);
  return out;
}

function logOf(logger: Logger): Log {
  const clean = (fields: Readonly<Record<string, unknown>> | undefined) => safeFields(fields ?? {}, 3);
  return {
    debug(event, fields) {
      if (logger.isLevelEnabled('debug')) logger.debug(clean(fields), event);
    },
    info: (event, fields) => logger.info(clean(fields), event),
    warn: (event, fields) => logger.warn(clean(fields), event),
    error: (event, fields) => logger.error(clean(fields), event),
  };
}

/** A log of JSON lines with `time` (ISO), `level` and `event`; nothing a client sends can forge a line or reveal a secret. */
export function openLog(level: LogLevel, target: LogTarget): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return logOf(pino(options, target));
}
