import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { say, type Io } from '../io.js';
import { writeReport } from '../report/writeReport.js';
import { Run } from '../run.js';

export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('write a report of an evaluated run: one folder to open from disk or to mail')
    .argument('<run>', 'folder of a run')
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba report runs/first     (then open runs/first/report/report.html)',
    )
    .action(async (folder: string) => {
      const run = new Run(resolve(folder));
      await writeReport(run, new Date());
      say(io, `report: ${join(run.report, 'report.html')} (also report.md, metrics.csv, scores.csv)`);
    });
}
