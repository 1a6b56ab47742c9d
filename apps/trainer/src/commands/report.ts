import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { paragraph } from '../report/paragraph.js';
import { readResults } from '../report/runResults.js';
import { summaryLine } from '../report/summary.js';
import { writeReport } from '../report/writeReport.js';
import { Run } from '../run/run.js';

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('write a report of a run, evaluated or not: one folder to open or to mail')
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
        const { summary, text } = await run.writing('report', async () => {
          await writeReport(run, new Date(), talk);
          const results = await readResults(run);
          return { summary: summaryLine(results), text: paragraph(results).join(' ') };
        });
        const report = join(run.report, 'report.html');
        say(talk, text);
        say(talk, `report: ${report} (also report.md, metrics.csv, scores.csv)`);
        say(
          talk,
          `next: open ${report} in a browser, or print it; the folder ${run.report} can be mailed as it is`,
        );
        say(talk, `summary: ${summary}`);
        return { report, summary, paragraph: text };
      }),
    );
}
