import { someOf } from '@pyramid-mamba/data';
import { FileJson, FileSpreadsheet, Printer } from 'lucide';
import { scoreText } from '@pyramid-mamba/runs';
import { useEffect, useMemo } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { NothingOpen } from '../../parts/nothingOpen.js';
import { save } from '../../parts/save.js';
import { Empty } from '../../parts/states.js';
import { countOf } from '../../parts/truth/countOf.js';
import { TruthTable } from '../../parts/truth/truthTable.js';
import { useLoaded } from '../../parts/useLoaded.js';
import { useThumbnail } from '../../parts/grid/useThumbnail.js';
import { VerdictText } from '../../parts/verdict.js';
import type { OpenRun } from '../../run/types.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { mmSeenBy } from '../../state/millimetres.js';
import { model, run, thresholds } from '../../state/opened.js';
import { modelOfRun } from '../../state/opening.js';
import { content } from '../../state/project/open.js';
import { thresholdsOf } from '../../state/verdicts.js';
import { exampleOf, mostOfAll } from './examples.js';
import { regionText, reportCsv, reportJson, rowsOf, selfTestNow, sentencesOf, type Row } from './facts.js';
import { SelfTestTable } from './selfTest.js';
import './report.css';

/** Pictures of the table on the page; files have all. */
const LISTED = 200;

/** One page to print: what was inspected, by which model, how far to trust it, and every mistake. */
export function Report() {
  const opened = run.value;
  if (opened && opened.items.length > 0) return <ReportOf run={opened} />;
  if (!opened && !content.value) return <NothingOpen />;
  return (
    <Empty
      icon={FileSpreadsheet}
      title="Nothing to report yet"
      actions={
        <a class="button primary" href={addressOf(placeOf('judge'))}>
          Judge pictures
        </a>
      }
    >
      A report tells what was judged, by which model, and how far to trust it. Judge some pictures first.
    </Empty>
  );
}

const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

function ReportOf({ run: opened }: { run: OpenRun }) {
  useEffect(() => {
    // the self-test is in the model's file
    if (model.value === null) void modelOfRun();
  }, [opened]);
  const limits = thresholds.value;
  const products = content.value?.products;
  const rows = useMemo(() => rowsOf(opened), [opened, limits, products]);
  const made = useMemo(() => new Date(), [opened]);
  const sentences = sentencesOf(opened, rows);
  const name = opened.name.replace(/[^\p{L}\p{N} _-]+/gu, '-');
  const shown = mostOfAll(rows);
  const count = countOf(rows, ({ line: { label: truth, verdict } }) => ({ truth, verdict }));
  return (
    <article class="report">
      <div class="buttons no-print">
        <button type="button" class="primary" onClick={() => print()}>
          <Icon of={Printer} /> Print, or save as PDF
        </button>
        <button
          type="button"
          onClick={() => save(new Blob([reportCsv(rows)], { type: 'text/csv' }), `${name}.csv`)}
        >
          <Icon of={FileSpreadsheet} /> Save the table (CSV)
        </button>
        <button
          type="button"
          onClick={() =>
            save(
              new Blob([reportJson(opened, rows, made.toISOString())], { type: 'application/json' }),
              `${name}.json`,
            )
          }
        >
          <Icon of={FileJson} /> Save as JSON
        </button>
      </div>
      <h1>Inspection report: {opened.name}</h1>
      <p class="muted">
        {date.format(made)} · model {model.value?.name ?? 'of the run'} · {someOf(opened.classes)}
      </p>
      <p class="lead">{sentences.join(' ')}</p>
      <TruthTable label="Truth against verdict" count={count} />
      <SelfTestTable selfTest={selfTestNow()} scale={mmSeenBy(model.value?.info)} />
      <h2>Examples</h2>
      <p class="muted">
        Mistakes first, then the pictures farthest above their limit. The heat map’s colours mean the same in
        all of a product.
      </p>
      <ul class="examples">
        {shown.map((row) => (
          <li key={row.item.id}>
            <Example run={opened} row={row} />
          </li>
        ))}
      </ul>
      <h2>All pictures</h2>
      <Pictures rows={rows} />
    </article>
  );
}

function Example({ run: opened, row: { item, line, mistake } }: { run: OpenRun; row: Row }) {
  const picture = useThumbnail(item);
  const heat = useLoaded(() => exampleOf(opened, item), [item]);
  return (
    <figure class={mistake ? 'mistake' : undefined}>
      <div class="pair">
        {picture.url && <img src={picture.url} alt="" />}
        {heat.value && <img src={heat.value} alt="heat map" />}
      </div>
      <figcaption>
        <VerdictText of={line.verdict} /> {scoreText(item.score, thresholdsOf(item.className))}
        {mistake && <strong class="fault"> {mistake}</strong>}
        <br />
        <span class="muted">{item.file}</span>
      </figcaption>
    </figure>
  );
}

function Pictures({ rows }: { rows: readonly Row[] }) {
  // of the pictures of a run no regions are known
  const known = rows.some(({ regions }) => regions !== undefined);
  return (
    <>
      {rows.length > LISTED && (
        <p class="muted">
          The first {LISTED} of {rows.length}; the CSV has all of them.
        </p>
      )}
      <div class="scrolls">
        <table class="report-pictures">
          <thead>
            <tr>
              <th scope="col">Picture</th>
              <th scope="col">Product</th>
              <th scope="col">Truth</th>
              <th scope="col">Verdict</th>
              <th scope="col">Score</th>
              {known && <th scope="col">Region</th>}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, LISTED).map((row) => {
              const { item, line, mistake } = row;
              return (
                <tr key={item.id}>
                  <th scope="row">{item.file}</th>
                  <td>{item.className}</td>
                  <td>{line.label === null ? '–' : line.label === 0 ? 'good' : 'defective'}</td>
                  <td>
                    <VerdictText of={line.verdict} />
                    {mistake && <strong class="fault"> {mistake}</strong>}
                  </td>
                  <td>{scoreText(item.score, thresholdsOf(item.className))}</td>
                  {known && <td>{regionText(row)}</td>}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
