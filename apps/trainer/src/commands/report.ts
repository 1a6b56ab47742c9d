import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { readResults } from '../report/runResults.js';
import { summaryLine } from '../report/summary.js';
import { writeReport } from '../report/writeReport.js';
import { Run } from '../run/run.js';

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('write a report of an evaluated run: one folder to open or to mail')
    .argument('<run>', 'folder of a run')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba report runs/first     (then open runs/first/report/report.html)',
    )
    .action((folder: string, { json }: { json?: boolean }) =>
      answer(io, json, async (talk) => {
        const run = new Run(resolve(folder));
        // do not lock a folder without a run
        await run.readConfig();
        const summary = await run.writing('report', async () => {
          await writeReport(run, new Date());
          return summaryLine(await readResults(run));
        });
        const report = join(run.report, 'report.html');
        say(talk, `report: ${report} (also report.md, metrics.csv, scores.csv)\nsummary: ${summary}`);
        return { report, summary };
      }),
    );
}
