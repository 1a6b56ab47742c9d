import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import sirv from 'sirv';
import { UserError } from '../errors.js';
import { say, type Io } from '../io.js';
import { writeReport } from '../report/writeReport.js';
import { Run } from '../run.js';

/** Nobody but this machine's users may look. */
const LOOPBACK = '127.0.0.1';

export function addView(program: Command, io: Io): void {
  program
    .command('view')
    .description('show a run in the browser: serves its report to this machine alone, until interrupted')
    .argument('<run>', 'folder of an evaluated run')
    .option('--port <n>', 'port to serve on; 0 takes a free one', port, 7350)
    .addHelpText('after', '\nExample:\n  pyramid-mamba view runs/first')
    .action(async (folder: string, { port }: { port: number }) => {
      const run = new Run(resolve(folder));
      if (!existsSync(join(run.report, 'report.html'))) await writeReport(run, new Date());
      const server = await serveFolder(run.report, port);
      say(io, `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/report.html (Ctrl+C ends it)`);
      await new Promise<void>((done) => {
        process.once('SIGINT', () => server.close(() => done()));
        process.once('SIGTERM', () => server.close(() => done()));
      });
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535) {
    throw new UserError(`--port: wanted a number from 0 to 65535, but got "${text}"`);
  }
  return value;
}

/** Serves a folder's files on the loopback address. Rejects with a UserError where the port is taken. */
export function serveFolder(folder: string, port: number): Promise<Server> {
  const files = sirv(folder, { dev: true, etag: true });
  const server = createServer((request, response) => {
    // a page of another site must not read a run through a name that points here
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
      response.writeHead(403).end();
      return;
    }
    response.setHeader('X-Content-Type-Options', 'nosniff');
    files(request, response, () => void response.writeHead(404).end());
  });
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new UserError(`--port: ${port} is taken by another program; give another one, or 0 for any`)
          : error,
      ),
    );
    server.listen(port, LOOPBACK, () => done(server));
  });
}
