import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import {
  applyImport,
  type ImportProgress,
  type PlanItem,
  planImport,
  REPAIRS,
} from '../../models/imports/service.ts';
import type { ObjectCollection, PrincipalId } from '../../models/types.ts';
import { collectionNamed } from './collections.ts';
import { activeUser, SYSTEM, withApp } from './context.ts';
import {
  EXIT,
  type ExitCode,
  note,
  openProgress,
  type ProgressLine,
  print,
  printJson,
  Stop,
  shown,
} from './output.ts';
import { readSources, requirePaths } from './sources.ts';

interface ImportOptions {
  readonly user: string;
  readonly into?: string;
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

interface Refusal {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly reason: string;
}

/** What an import did, or would do. */
interface Tally {
  create: number;
  update: number;
  skip: number;
  refuse: number;
  /** Items with at least one repair. */
  repaired: number;
  readonly repairs: Map<keyof typeof REPAIRS, number>;
  readonly refusals: Refusal[];
}

function count(tally: Tally, item: PlanItem): void {
  tally[item.action] += 1;
  // What is here already was repaired when it came.
  const isWritten = item.action === 'create' || item.action === 'update';
  if (isWritten && item.repairs.length > 0) tally.repaired += 1;
  if (isWritten)
    for (const repair of new Set(item.repairs))
      tally.repairs.set(repair, (tally.repairs.get(repair) ?? 0) + 1);
  if (item.action !== 'refuse') return;
  const { file, line, title, reason } = item;
  tally.refusals.push({ file, line, title, reason });
}

const MAX_ON_TERMINAL = 50;

/** A file, with the line where there is one. */
const placeText = (file: string, line: number) => (line > 0 ? `${file}:${line}` : file);

/** Where an item goes, as people call it; empty when it goes nowhere. */
function placeOf({ target }: PlanItem): string {
  if (target.kind === 'stored') return target.collection.displayName;
  return target.kind === 'new' ? target.displayName : '';
}

/** An item of the plan for other programs. */
function planRow(item: PlanItem) {
  const { action, file, line, title, uid, reason, repairs } = item;
  return { action, file, line, title, uid, into: placeOf(item), reason, repairs };
}

function planLine(item: PlanItem): string {
  const place = placeOf(item);
  const repairs = item.repairs.length === 0 ? '' : ` [${item.repairs.join(', ')}]`;
  const why = item.reason === '' ? '' : ` (${item.reason})`;
  return shown(
    `${item.action.padEnd(6)} ${placeText(item.file, item.line)} ${item.title || item.uid}${place === '' ? '' : ` -> ${place}`}${why}${repairs}`,
  );
}

function progressText(progress: ImportProgress): string {
  const mb = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  const of = progress.sizeBytes === null ? '' : ` of ${mb(progress.sizeBytes)}`;
  return shown(`${progress.items} items, ${progress.file}: ${mb(progress.bytesRead)}${of} MB`);
}

function summary(tally: Tally, isDryRun: boolean): string {
  const would = isDryRun ? ' (nothing was written)' : '';
  const lines = [
    `${tally.create} new, ${tally.update} changed, ${tally.skip} already here, ${tally.repaired} repaired, ${tally.refuse} refused${would}`,
  ];
  for (const [repair, times] of [...tally.repairs].sort((a, b) => b[1] - a[1]))
    lines.push(`  ${String(times).padStart(6)} x ${REPAIRS[repair]}`);
  // A dry run has said of each item what would become of it.
  return [...lines, ...(isDryRun ? [] : refusedLines(tally.refusals))].join('\n');
}

function refusedLines(refusals: readonly Refusal[]): readonly string[] {
  if (refusals.length === 0) return [];
  // Somebody who looks sees the beginning; a file or another program gets everything.
  const most = process.stdout.isTTY ? MAX_ON_TERMINAL : refusals.length;
  const lines = refusals
    .slice(0, most)
    .map(({ file, line, title, reason }) =>
      shown(`  ${placeText(file, line)} ${title === '' ? '' : `${title}: `}${reason}`),
    );
  const rest = refusals.length - most;
  if (rest > 0) lines.push(`  and ${rest} more; --json, or sending the output to a file, shows all of them.`);
  return ['Refused:', ...lines];
}

function exitCode(tally: Tally): ExitCode {
  if (tally.refuse === 0) return EXIT.ok;
  return tally.create + tally.update + tally.skip > 0 ? EXIT.partly : EXIT.failed;
}

/** Whole batches are written or none of one, so the command may end anywhere. */
function interrupted(progress: ProgressLine): never {
  progress.clear();
  note('Stopped. What was imported so far is kept; the same command again goes on from there.');
  return process.exit(130);
}

interface Job {
  readonly paths: readonly string[];
  readonly owner: PrincipalId;
  readonly into: ObjectCollection | null;
  readonly options: ImportOptions;
}

async function run(app: App, job: Job): Promise<ExitCode> {
  const { options } = job;
  const isDryRun = options.dryRun ?? false;
  const progress = openProgress();
  const target = { owner: job.owner, into: job.into };
  if (!isDryRun) process.once('SIGINT', () => interrupted(progress));
  const plan = planImport(app, SYSTEM, readSources(job.paths), target, {
    isOverwriting: options.overwrite ?? false,
    onProgress: (state) => progress.update(progressText(state)),
  });
  const tally: Tally = {
    create: 0,
    update: 0,
    skip: 0,
    refuse: 0,
    repaired: 0,
    repairs: new Map(),
    refusals: [],
  };
  const items: ReturnType<typeof planRow>[] = [];
  for await (const item of isDryRun ? plan : applyImport(app, SYSTEM, plan, target)) {
    count(tally, item);
    if (isDryRun && options.json) items.push(planRow(item));
    if (!isDryRun || options.json) continue;
    progress.clear();
    print(planLine(item));
  }
  progress.clear();
  const { repairs, refusals, ...counts } = tally;
  const all = { isDryRun, ...counts, repairs: Object.fromEntries(repairs), refusals };
  if (options.json) printJson(isDryRun ? { ...all, items } : all);
  else print(summary(tally, isDryRun));
  if (counts.create + counts.update + counts.skip + counts.refuse > 0) return exitCode(tally);
  throw new Stop(
    EXIT.notFound,
    `There is no .ics, .vcf or .zip file with anything in it in ${job.paths.join(', ')}.`,
  );
}

/** Adds `import`. */
export function addImportCommand(program: Command): void {
  program
    .command('import FILE...')
    .description('import .ics and .vcf files, folders and .zip archives; importing twice changes nothing')
    .requiredOption('--user <name>', 'whose calendars and address books')
    .option(
      '--into <collection>',
      'name of one calendar or address book; without it everything goes to the default ones',
    )
    .option('--overwrite', 'replace what is here even when it is not older')
    .option('--dry-run', 'print what would be done and write nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  daybook import calendar.ics contacts.vcf --user ann\n  daybook import takeout.zip --user ann --dry-run',
    )
    .action(async (paths: readonly string[], options: ImportOptions) => {
      await requirePaths(paths);
      process.exitCode = await withApp(async (app) => {
        const { id: owner } = await activeUser(app, options.user);
        const into = options.into === undefined ? null : await collectionNamed(app, owner, options.into);
        return run(app, { paths, owner, into, options });
      });
    });
}
