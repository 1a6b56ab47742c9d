import { someOf } from '@pyramid-mamba/data';
import {
  groupedBy,
  outcomeOf,
  ownValue,
  prCurve,
  rocCurve,
  VERDICTS,
  type CurveResult,
} from '@pyramid-mamba/metrics';
import type { ScoreLine } from '@pyramid-mamba/runs';
import { undefinedNotes } from '../evaluation/metricsTable.js';
import { lineChart, scoreHistogram, type Line } from './charts.js';
import { EVALUATION_META } from './current.js';
import { sortedGallery } from './gallery.js';
import { html, trusted, type Html } from './html.js';
import { paragraph } from './paragraph.js';
import type { RunResults } from './runResults.js';
import { selfTestSection, type DrawnExample } from './selfTest.js';
import { STYLE } from './style.js';
import { thresholdsSection } from './thresholds.js';
import { isMany, MOST_CLASSES } from '../text/manyClasses.js';
import { FIGURES, MEANING, scoreText } from '@pyramid-mamba/runs';
import { signed, type TableRow } from './tables.js';

/** Of many classes those with the worst pictures, which charts and tables show; else all. */
export function shownClasses({
  config,
  scores,
  metrics,
}: Pick<RunResults, 'config' | 'scores' | 'metrics'>): readonly string[] {
  const { classes } = config;
  if (!isMany(classes.length)) return classes;
  const worst = new Set(sortedGallery(scores, metrics.thresholds ?? {}).map((line) => line.class));
  const known = new Set(classes);
  return [...worst].filter((name) => known.has(name)).slice(0, MOST_CLASSES);
}

/** Additional content of the page. */
export interface PageExtras {
  summary: string;
  rows: readonly TableRow[];
  /** See `evaluationId`. */
  evaluation: string;
  /** The date of the report, as text. */
  made: string;
  /** Names and values of the run's checksums. */
  hashes: Readonly<Record<string, string>>;
  /** The gallery's pictures by `ScoreLine.map`, relative to the page. */
  pictures: ReadonlyMap<string, string>;
  /** Drawn defects of the self-test. */
  drawn: readonly DrawnExample[];
}

/** `report.html`: no script, no request beyond its own folder. */
export function reportPage(results: RunResults, extras: PageExtras): string {
  const { config, scores } = results;
  const compared = extras.rows.some(({ cells }) => cells.some(({ delta }) => delta !== null));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'"
        />
        <meta name="${EVALUATION_META}" content="${extras.evaluation}" />
        <meta name="color-scheme" content="light dark" />
        <title>Inspection report: ${someOf(config.classes)}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Inspection report</h1>
          <p class="lead">${paragraph(results).join(' ')}</p>
          <p class="summary">${extras.summary}</p>
          ${leftOut(results)} ${outcomes(results)}
          ${onlyGood(results) ? noFigures() : figureSection(results, extras, compared)}
          ${scores.length === 0 ? thresholdsSection(results, shownClasses(results)) : scoresSection(results)}
          ${curveSection(results)} ${trainingSection(results)}
          ${selfTestSection(results.selfTest, extras.drawn, shownClasses(results))}
          ${scores.length > 0 && picturesSection(results, extras)}
          <h2>Inputs</h2>
          <table class="facts">
            ${Object.entries(extras.hashes).map(
              ([name, value]) =>
                html`<tr>
                  <th scope="row">${name}</th>
                  <td><code>${value}</code></td>
                </tr>`,
            )}
          </table>
          <details>
            <summary>All settings of the run</summary>
            <pre>${JSON.stringify(config, null, 2)}</pre>
          </details>
          <p class="foot">Made ${extras.made} by pyramid-mamba ${config.versions['pyramid-mamba'] ?? ''}.</p>
        </main>
      </body>
    </html> `;
  return page.text;
}

const linesByClass = ({ scores }: RunResults): Map<string, ScoreLine[]> =>
  groupedBy(scores, (line) => line.class);

/** Says which classes tables and charts leave out. */
function leftOut(results: RunResults): Html {
  const left = results.config.classes.length - shownClasses(results).length;
  return left === 0
    ? html``
    : html`<p>
        Tables and charts show the ${MOST_CLASSES} classes with the worst pictures; the figures of the ${left}
        others are in <code>metrics.csv</code>, their pictures in <code>scores.csv</code>.
      </p>`;
}

/** The rows of the shown classes, and those of the means. */
function shownRows(rows: readonly TableRow[], results: RunResults): readonly TableRow[] {
  if (!isMany(results.config.classes.length)) return rows;
  const shown = new Set(shownClasses(results));
  const classes = Object.keys(results.metrics.classes).length;
  return rows.filter(({ name }, i) => i >= classes || shown.has(name));
}

/** Whether no defective picture was tested: then there are no figures for defects. */
const onlyGood = ({ scores }: RunResults): boolean => scores.every(({ label }) => label === 0);

function scoresSection(results: RunResults): Html {
  const strange = results.scores.some(({ verdict }) => verdict === 'UNKNOWN');
  return html`<h2>Scores and thresholds</h2>
    <p>
      A picture's score is the highest value of its anomaly map. From <em>review</em> on, its limit, it needs
      a person's check, from <em>reject</em> on it is NG. Below the pictures it stands as a multiple of the
      limit.${strange && ' A picture that looks like no product of the model is UNKNOWN.'}
    </p>
    <div class="charts">${charted(results)}</div>`;
}

function picturesSection(results: RunResults, extras: PageExtras): Html {
  return html`<h2 class="pictures">Pictures, ${order(results)}</h2>
    <p>
      Left the picture, in the middle the heat map over
      it${onlyGood(results) ? '' : ', right the true defect outlined'}. Colours mean the same in all pictures.
    </p>
    ${gallery(results, extras)}`;
}

/** A description of the gallery's order. */
function order({ scores }: RunResults): string {
  const outcomes = scores.map(outcomeOf);
  if (outcomes.includes('miss')) return 'worst misses first';
  return outcomes.includes('false reject') ? 'false rejects first' : 'highest scores first';
}

function noFigures(): Html {
  return html`<h2>Figures</h2>
    <p>
      None: detection can only be measured on defective pictures. Put some beside the good ones (into
      <code>test/&lt;defect&gt;/</code> or <code>bad/</code>) and run <code>evaluate</code>.
    </p>`;
}

function figureSection(results: RunResults, { rows }: PageExtras, compared: boolean): Html {
  return html`<h2>Figures</h2>
    <p>
      In
      percent.${compared && " Small: the difference to the paper's full training on MVTec AD (ResNet34, 256×256, 500 epochs); its printed mean is not the mean of its rows, so both are compared if all its classes are present."}
    </p>
    ${figures(shownRows(rows, results))} ${reasons(results)}`;
}

function curveSection(results: RunResults): Html {
  const drawn = curves(results);
  return drawn.length === 0
    ? html``
    : html`<h2>Curves</h2>
        <div class="charts">${drawn.map(trusted)}</div>`;
}

/** Pictures by truth and verdict. */
function outcomes(results: RunResults): Html {
  const { scores } = results;
  const kinds = onlyGood(results) ? ([0] as const) : ([0, 1] as const);
  const byClass = linesByClass(results);
  const count = (name: string, label: 0 | 1, verdict: string) =>
    (byClass.get(name) ?? []).filter((s) => s.label === label && s.verdict === verdict).length;
  // a column of zeros would raise questions in every report
  const columns = VERDICTS.filter((v) => v !== 'UNKNOWN' || scores.some(({ verdict }) => verdict === v));
  const cells = (name: string) =>
    kinds.flatMap((label) =>
      columns.map((verdict) => {
        const n = count(name, label, verdict);
        const wrong = n > 0 && (label === 0 ? verdict === 'NG' : verdict === 'OK');
        return html`<td class="${wrong ? 'wrong' : ''}">${n}</td>`;
      }),
    );
  if (scores.every(({ verdict }) => verdict === null)) return html``;
  return html`<table>
    <thead>
      <tr>
        <th rowspan="2" scope="col">class</th>
        ${kinds.map((label) => html`<th colspan="${columns.length}" scope="colgroup">${label === 0 ? 'good' : 'defective'} pictures</th>`)}
      </tr>
      <tr>
        ${kinds.flatMap(() => columns.map((v) => html`<th scope="col" title="${MEANING[v]}">${v}</th>`))}
      </tr>
    </thead>
    <tbody>
      ${shownClasses(results).map(
        (name) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${cells(name)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Of the figures that some class has; the reasons for the others stand below. */
function figures(rows: readonly TableRow[]): Html {
  const shown = FIGURES.map((name, c) => ({ name, c })).filter(({ c }) =>
    rows.some(({ cells }) => cells[c]!.value !== null),
  );
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">class</th>
          ${shown.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ name, note, cells }) =>
            html`<tr class="${name === 'mean' ? 'mean' : ''}">
              <th scope="row">${name}${note && html`<small>${note}</small>`}</th>
              ${shown
                .map(({ c }) => cells[c]!)
                .map(
                  ({ value, delta }) =>
                    html`<td>
                      ${value === null ? '–' : value.toFixed(1)}${delta !== null && html`<small class="${delta < 0 ? 'less' : 'more'}">${signed(delta)}</small>`}
                    </td>`,
                )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function reasons({ metrics }: RunResults): Html {
  const notes = undefinedNotes(metrics);
  return notes.length === 0
    ? html``
    : html`<ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`;
}

/** A histogram of each class that is shown. */
function charted(results: RunResults): Html[] {
  const byClass = linesByClass(results);
  return shownClasses(results).map((name) => trusted(histogram(name, byClass.get(name) ?? [], results)));
}

function histogram(name: string, own: readonly ScoreLine[], { metrics }: RunResults): string {
  const of = (label: 0 | 1) => own.filter((line) => line.label === label).map(({ score }) => score);
  const calibration = ownValue(metrics.thresholds, name);
  return scoreHistogram(
    name,
    of(0),
    of(1),
    calibration ? { review: calibration.review, reject: calibration.reject } : {},
  );
}

const pointsOf = (curve: CurveResult): [number, number][] =>
  curve.points === null ? [] : Array.from(curve.points.x, (x, i) => [x, curve.points.y[i]!]);

function curves(results: RunResults): string[] {
  const { curves: pixel } = results;
  const shown = shownClasses(results);
  const byClass = linesByClass(results);
  const image = (of: typeof rocCurve): Line[] =>
    shown.map((name) => {
      const own = byClass.get(name) ?? [];
      return {
        name,
        points: pointsOf(
          of(
            own.map(({ score }) => score),
            own.map(({ label }) => label),
          ),
        ),
      };
    });
  const stored = (key: 'roc' | 'pr' | 'pro'): Line[] =>
    shown.map((name) => ({
      name,
      points: (ownValue(pixel, name)?.[key] ?? []).map(([x, y]): [number, number] => [x, y]),
    }));
  const fpr = 'false positive rate';
  const charts: [string, Line[], { x: string; y: string; xMax: number; yMax: number }][] = [
    ['ROC, pictures', image(rocCurve), { x: fpr, y: 'true positive rate', xMax: 1, yMax: 1 }],
    ['PR, pictures', image(prCurve), { x: 'recall', y: 'precision', xMax: 1, yMax: 1 }],
    ['ROC, pixels', stored('roc'), { x: fpr, y: 'true positive rate', xMax: 1, yMax: 1 }],
    ['PR, pixels', stored('pr'), { x: 'recall', y: 'precision', xMax: 1, yMax: 1 }],
    ['PRO, regions', stored('pro'), { x: fpr, y: 'mean overlap of regions', xMax: 0.3, yMax: 1 }],
  ];
  return charts.flatMap(([title, lines, axes]) => {
    const drawn = lines.filter(({ points }) => points.length > 0);
    return drawn.length > 0 ? [lineChart(title, drawn, axes)] : [];
  });
}

/** A memory bank has no epochs to draw. */
function trainingSection(results: RunResults): Html {
  return results.epochs.length === 0
    ? html``
    : html`<h2>Training</h2>
        <div class="charts">${trusted(loss(results))}</div>`;
}

function loss({ epochs }: RunResults): string {
  const points = epochs.map(({ step, loss }): [number, number] => [step, loss]);
  return lineChart(
    'loss, mean of each epoch',
    [{ name: 'loss', points }],
    { x: 'step', y: 'loss', logY: true },
    640,
    280,
  );
}

function gallery({ scores, metrics }: RunResults, { pictures }: PageExtras): Html {
  const sorted = sortedGallery(scores, metrics.thresholds ?? {});
  const figure = (line: ScoreLine) => {
    const outcome = outcomeOf(line);
    const picture = pictures.get(line.map);
    return html`<figure class="${outcome?.replace(' ', '-') ?? ''}">
      ${picture !== undefined && html`<img src="${encodeURI(picture)}" alt="${line.file}: picture, heat map, true defect" loading="lazy" />`}
      <figcaption>
        <b>${line.verdict ?? 'no verdict'}</b>
        <span title="${String(line.score)}"
          >${scoreText(line.score, ownValue(metrics.thresholds, line.class))}</span
        >
        · ${line.class} ·
        ${line.label === 0 ? 'good' : line.defect}${(outcome === 'miss' || outcome === 'false reject') && html` · <strong>${outcome}</strong>`}<br /><code
          >${line.file}</code
        >
      </figcaption>
    </figure>`;
  };
  return html`<div class="gallery">${sorted.map(figure)}</div>`;
}
