import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isMendable, UserError } from '../errors.js';
import { onStderr, say, type Io } from '../terminal/io.js';
import { isReportCurrent } from '../report/current.js';
import { writeReport } from '../report/writeReport.js';
import { Run } from '../run/run.js';
import { hasScreen, openBrowser } from '../view/browser.js';
import { LOOPBACK, serveViewer } from '../view/server.js';
import { viewerPage } from '../view/page.js';

interface ViewOptions {
  port: number;
  with?: string;
  json?: boolean;
  open: boolean;
}

export function addView(program: Command, io: Io): void {
  program
    .command('view')
    .description('show a run in the browser: serves the viewer to this machine only, until interrupted')
    .argument('[run]', 'folder of an evaluated run; without one the page shows its example')
    .option('--with <run>', 'another run to compare it with')
    .option('--port <n>', 'port to serve on; 0 chooses a free one', port, 7350)
    .option('--no-open', 'do not open the browser')
    .option('--json', 'for scripts: the addresses as one line of JSON, as soon as they are served')
    .addHelpText(
      'after',
      '\nExamples:\n  pyramid-mamba view\n  pyramid-mamba view runs/first\n  pyramid-mamba view runs/after --with runs/before',
    )
    .action(async (folder: string | undefined, options: ViewOptions) => {
      if (folder === undefined && options.with !== undefined) {
        throw new UserError('view: --with needs a run to compare with: give two, `view RUN --with OTHER`');
      }
      const given = [folder, options.with].filter((one) => one !== undefined);
      const runs = given.map((one) => new Run(resolve(one)));
      for (const run of runs) await requireViewable(run, io);
      const page = viewerPage();
      const [run, other] = runs;
      const hasReport = run !== undefined && (await freshReport(run, io));
      const server = await serveViewer({ page, run, other }, options.port);
      const home = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`;
      const report = hasReport ? `${home}run/report/report.html` : null;
      if (options.json) say(io, JSON.stringify({ viewer: home, report }));
      else {
        say(io, `${run ? basename(run.folder) : 'the viewer, with its example'}: ${home} (Ctrl+C to stop)`);
        if (report !== null) say(io, `its report: ${report}`);
        if (options.open && hasScreen(process.env, process.platform, io.isTTY)) await openBrowser(home);
      }
      await new Promise<void>((done) => {
        const end = () => {
          server.close(() => done());
          // browsers keep their connections open
          server.closeAllConnections();
        };
        process.once('SIGINT', end);
        process.once('SIGTERM', end);
      });
    });
}

/**
 * Makes a run's report unless it shows the results that are there now. Resolves to whether it does. A read-only run, or one in use by
 * another process, is shown without a report, with a note.
 */
export async function freshReport(run: Run, io: Io): Promise<boolean> {
  try {
    if (!(await isReportCurrent(run)))
      await run.writing('view', () => writeReport(run, new Date(), onStderr(io)));
    return true;
  } catch (error) {
    noteFailure(error, 'no report of the present results', io);
    return false;
  }
}

/** Rethrows a bug of the program. */
function noteFailure(error: unknown, what: string, io: Io): void {
  if (!isMendable(error)) throw error;
  io.err(`note: ${what}: ${(error as Error).message}\n`);
}

/** Throws a UserError if the viewer has nothing to show of a run. */
async function requireViewable(run: Run, io: Io): Promise<void> {
  await run.readConfig();
  if (run.hasHalfResults()) {
    await run
      .writing('view', () => Promise.resolve())
      .catch((error: unknown) =>
        noteFailure(error, 'some results may be of an earlier evaluation than others', io),
      );
  }
  if (existsSync(join(run.viewer, 'viewer.json'))) return;
  throw new UserError(
    existsSync(run.metrics)
      ? `${run.folder} was evaluated by an older version, without data for the viewer; run \`pyramid-mamba evaluate ${run.folder}\``
      : `${run.folder} was not evaluated yet; finish its training, then run \`pyramid-mamba evaluate ${run.folder}\`, ` +
          'with --data FOLDER (good/ and bad/ pictures) where it has no test pictures of its own; `pyramid-mamba view` alone shows the page',
  );
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535) {
    throw new UserError(`--port: expected a number from 0 to 65535, got "${text}"`);
  }
  return value;
}
