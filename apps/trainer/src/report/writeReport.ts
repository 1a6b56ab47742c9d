import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodeWebp, mapLimit, writeFileAtomic } from '@pyramid-mamba/data/node';
import { csv, FileError, someOf } from '@pyramid-mamba/data';
import { outcomeOf, ownValue } from '@pyramid-mamba/metrics';
import { fileReason } from '@pyramid-mamba/data/node';
import { SYNTHETIC } from '../run/dataset.js';
import { UserError } from '../errors.js';
import type { Io } from '../terminal/io.js';
import { Progress } from '../terminal/progress.js';
import { REPORT, type Run } from '../run/run.js';
import { MOST, scoreOfLimit } from '@pyramid-mamba/runs';
import { Exchange, readInside, readRegular } from '@pyramid-mamba/runs/node';
import { asCode, plain } from '../text/markdown.js';
import { evaluationId } from './current.js';
import { reportPage, shownClasses } from './page.js';
import { paragraph } from './paragraph.js';
import { readResults, type RunResults } from './runResults.js';
import { drawExamples } from './selfTest.js';
import { summaryLine } from './summary.js';
import { metricsCsv, metricsMarkdown, resultRows } from './tables.js';

const PICTURES_AT_ONCE = 4;

/**
 * Writes a run's report as one self-contained folder: `report.html`, `report.md`, `metrics.csv`, `scores.csv`, `images/`.
 * The folder replaces an older report atomically; `io` shows the progress. Throws a UserError for a run that was neither evaluated nor tested itself, a
 * FileError if the folder cannot be written.
 */
export async function writeReport(run: Run, now: Date, io?: Io): Promise<void> {
  const results = await readResults(run);
  const exchange = new Exchange(run.folder, REPORT);
  const fresh = exchange.at(basename(run.report));
  try {
    await mkdir(join(fresh, 'images'), { recursive: true });
    await fill(fresh, run, results, now, io);
    await exchange.commit();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new FileError(`${run.report} cannot be written: ${fileReason(error)}`, { cause: error });
  } finally {
    await exchange.drop();
  }
}

async function fill(
  folder: string,
  run: Run,
  results: RunResults,
  now: Date,
  io: Io | undefined,
): Promise<void> {
  const { config, metrics, scores } = results;
  const rows = scores.length === 0 ? [] : resultRows(metrics, config.data !== SYNTHETIC);
  const summary = summaryLine(results);
  const made = now.toISOString().slice(0, 16).replace('T', ' ');
  const hashes = {
    'model file (SHA-256)': await sha256(run.model),
    'training pictures (SHA-256 of their hashes)': config.dataFingerprint,
    'encoder weights': config.encoder.fingerprint,
    seed: String(config.train.seed),
    backend: `${config.backend}, ${config.workers} thread(s)`,
    ...(scores.length > 0 && { protocol: metrics.protocol }),
    ...config.versions,
  };
  const pictures = await copyPictures(run, results, folder, io);
  const drawn = await drawExamples(folder, results, shownClasses(results));
  const evaluation = await evaluationId(run);
  const extras = { summary, rows, evaluation, made: `${made} UTC`, hashes, pictures, drawn };
  await writeFileAtomic(join(folder, 'report.html'), reportPage(results, extras));
  await writeFileAtomic(
    join(folder, 'report.md'),
    markdown(results, summary, metricsMarkdown(rows), hashes, made),
  );
  await writeFileAtomic(join(folder, 'metrics.csv'), metricsCsv(rows));
  const lines = scores.map((s) => [
    s.file,
    s.class,
    s.defect,
    s.label,
    s.score,
    scoreOfLimit(s.score, ownValue(metrics.thresholds, s.class)),
    s.verdict,
    outcomeOf(s),
  ]);
  await writeFileAtomic(
    join(folder, 'scores.csv'),
    csv([['file', 'class', 'defect', 'label', 'score', 'times limit', 'verdict', 'outcome'], ...lines]),
  );
}

async function sha256(path: string): Promise<string> {
  const bytes = await readRegular(path, MOST.model);
  return bytes ? createHash('sha256').update(bytes).digest('hex') : 'missing';
}

/** Heat maps are PNG; `evaluate` writes no other format. */
const isPng = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 8)).toString('latin1') === '\x89PNG\r\n\x1a\n';

/** The heat maps as WebP, a tenth of their size, under names that are safe in links. */
async function copyPictures(
  run: Run,
  { scores }: RunResults,
  folder: string,
  io: Io | undefined,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const progress = io && new Progress(io);
  let done = 0;
  await mapLimit(scores, PICTURES_AT_ONCE, async ({ map, file }) => {
    const bytes = await readInside(run.folder, `${basename(run.maps)}/${map}`, MOST.picture);
    progress?.update({
      done: ++done,
      total: scores.length,
      label: `report: picture ${done}/${scores.length}`,
    });
    if (!bytes) return;
    if (!isPng(bytes)) throw new UserError(`${run.maps}: ${map} is not a heat map; run \`evaluate\` again`);
    const name = `images/${createHash('sha256').update(file).digest('hex').slice(0, 16)}.webp`;
    await writeFileAtomic(join(folder, name), await encodeWebp(bytes));
    found.set(map, name);
  }).finally(() => progress?.clear());
  return found;
}

function markdown(
  results: RunResults,
  summary: string,
  table: string,
  hashes: Readonly<Record<string, string>>,
  made: string,
): string {
  const { config, metrics, scores } = results;
  const thresholds = Object.entries(metrics.thresholds ?? {}).map(
    ([name, { review, reject, method, goodCount, defectCount }]) =>
      `| ${plain(name)} | ${review.toFixed(4)} | ${reject.toFixed(4)} | ${method} | ${goodCount} | ${defectCount} |`,
  );
  return [
    `# Inspection report: ${plain(someOf(config.classes))}`,
    paragraph(results).map(plain).join(' '),
    plain(summary),
    ...(scores.some(({ label }) => label === 1)
      ? ['In percent; the difference to the paper in brackets.', table]
      : ['No figures: detection can only be measured on defective pictures.']),
    ...(thresholds.length > 0
      ? [
          '## Thresholds',
          [
            '| class | review | reject | set by | good | defective |',
            '| --- | ---: | ---: | --- | ---: | ---: |',
            ...thresholds,
          ].join('\n'),
        ]
      : []),
    '## Inputs',
    Object.entries(hashes)
      .map(([name, value]) => `- ${plain(name)}: ${asCode(value)}`)
      .join('\n'),
    `Made ${made} UTC.`,
    '',
  ].join('\n\n');
}
