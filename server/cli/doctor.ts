import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import { type Examined, examine, type Finding, reindexAll } from '../../models/doctor/service.ts';
import { SYSTEM, withApp } from './context.ts';
import { EXIT, type ExitCode, openProgress, print, printJson, shown } from './output.ts';

interface DoctorOptions {
  readonly reindex?: boolean;
  readonly json?: boolean;
}

const MAX_LISTED = 1000;
const KINDS = { damage: 'DAMAGE', index: 'INDEX ', note: 'note  ' } as const;

function report(findings: readonly Finding[], seen: Examined, reindexed: number | null): void {
  for (const { kind, where, what } of findings) print(shown(`${KINDS[kind]} ${where}: ${what}`));
  if (reindexed !== null) print(`The indexes of ${reindexed} items were computed anew.`);
  const count = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).length;
  print(`${seen.objects} items in ${seen.collections} collections were read again.`);
  if (count('damage') + count('index') === 0) print('Everything is as it should be.');
  else print(`${count('damage')} damaged, ${count('index')} with a wrong index.`);
  if (count('index') > 0) print('"daybook doctor --reindex" computes the indexes anew.');
  if (count('damage') > 0) print('Restore damaged items from a backup, or store them again from a device.');
}

async function run(app: App, options: DoctorOptions): Promise<ExitCode> {
  const line = openProgress();
  const show = ({ objects }: Examined) => line.update(`${objects} items`);
  const reindexed = options.reindex ? (await reindexAll(app, SYSTEM, show)).objects : null;
  let seen: Examined = { collections: 0, objects: 0 };
  const findings: Finding[] = [];
  const onProgress = (examined: Examined) => {
    seen = examined;
    show(examined);
  };
  for await (const finding of examine(app, SYSTEM, onProgress))
    if (findings.length < MAX_LISTED) findings.push(finding);
  line.clear();
  if (options.json) printJson({ ...seen, reindexed, findings });
  else report(findings, seen, reindexed);
  return findings.some((finding) => finding.kind !== 'note') ? EXIT.failed : EXIT.ok;
}

/** Adds `doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('read everything that is stored again and say what is wrong')
    .option('--reindex', 'compute all search indexes anew first; nothing else is changed')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nThe database is opened and brought up to date first. Nothing is changed without --reindex.',
    )
    .action(async (options: DoctorOptions) => {
      process.exitCode = await withApp((app) => run(app, options));
    });
}
