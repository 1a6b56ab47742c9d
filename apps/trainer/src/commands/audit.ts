import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { UserError } from '../errors.js';
import { LineFile } from '../predict/lineFile.js';
import { say, type Io } from '../terminal/io.js';

interface ExportOptions {
  state: string;
  out?: string;
  since?: string;
  until?: string;
  kind?: string;
  after?: string;
}

const KINDS = ['result', 'label', 'model', 'warning', 'station'];

export function addAudit(program: Command, io: Io): void {
  const audit = program.command('audit').description('the audit trail of a station');
  audit
    .command('export')
    .description(
      'write decisions, labels and model changes as lines of JSON, in the order of their recording; the station may run',
    )
    .option('--state <dir>', 'folder of the station', 'station')
    .option('--out <file>', 'file to write, instead of stdout')
    .option('--since <time>', 'from this time on, as 2026-12-01 or 2026-12-01T08:00:00Z', time)
    .option('--until <time>', 'before this time', time)
    .option(
      '--after <id>',
      'what was recorded after the entry with this id, such as the last line of an earlier export',
    )
    .option('--kind <name>', `only one of ${KINDS.join(', ')}`)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba audit export --state station --since 2026-12-01 --out december.jsonl',
    )
    .action((options: ExportOptions) => exportTrail(options, io));
}

async function exportTrail({ state, out, since, until, kind, after }: ExportOptions, io: Io): Promise<void> {
  const path = join(state, 'audit.sqlite');
  if (!existsSync(path))
    throw new UserError(
      `--state: ${path} does not exist; pass the folder of a station that keeps an audit trail`,
    );
  if (kind !== undefined && !KINDS.includes(kind))
    throw new UserError(`--kind: expected one of ${KINDS.join(', ')}, found "${kind}"`);
  if (out !== undefined && existsSync(out))
    throw new UserError(`--out: ${out} already exists; pass another file`);
  const { auditEntries } = await import('../serve/audit/audit.js');
  const file = out === undefined ? undefined : await LineFile.begin(out);
  let count = 0;
  try {
    for (const entry of auditEntries(path, { since, until, kind, after })) {
      count++;
      if (file) await file.add(`${JSON.stringify(entry)}\n`);
      else say(io, JSON.stringify(entry));
    }
    await file?.complete();
  } catch (error) {
    await file?.discard();
    throw error;
  }
  if (out !== undefined) io.err(`wrote ${count} entries to ${out}\n`);
}

/** A time as entries have it, in UTC. */
function time(text: string): string {
  const found = new Date(text);
  if (Number.isNaN(found.getTime()))
    throw new InvalidArgumentError('Expected a time such as 2026-12-01T08:00:00Z.');
  return found.toISOString();
}
