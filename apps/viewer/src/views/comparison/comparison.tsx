import { FileSearch } from 'lucide';
import { ownValue } from '@pyramid-mamba/metrics';
import { comparedTitle, MIB, seedsText, type ComparedRow, type ComparisonFile } from '@pyramid-mamba/runs';
import { useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { Empty } from '../../parts/states.js';
import { comparison } from '../../state/opened.js';
import { pickComparison } from '../../state/opening.js';
import { Wins } from './wins.js';
import './comparison.css';

/** What `pyramid-mamba compare` found: figures and costs of each method, and which is better at which picture. Read-only. */
export function Comparison() {
  const opened = comparison.value;
  if (!opened)
    return (
      <Empty
        icon={FileSearch}
        title="Open it again"
        actions={
          <button type="button" class="primary" onClick={() => void pickComparison()}>
            Open a comparison
          </button>
        }
      >
        A reload closes a comparison, because a page may not read files of this machine by itself. Choose its
        compare.json, or drop it here.
      </Empty>
    );
  const { found, name } = opened;
  return (
    <article class="comparison" key={name}>
      <h1>Comparison of methods</h1>
      <p class="muted">
        {name}: {found.data}, {counted(found.classes.length, 'class', 'es')}, {seedsText(found.seeds)}
      </p>
      <Figures found={found} />
      <Wins found={found} />
      <h2>How to read it</h2>
      <ul>
        {found.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </article>
  );
}

const counted = (count: number, one: string, ending: string) => `${count} ${one}${count === 1 ? '' : ending}`;

type Spread = ComparedRow['seconds'];
const NONE = '–';

/** `98.2 ± 0.4`; of one seed without a spread. */
function spreadText(value: Spread | undefined, seeds: number, digits = 1, unit = 1): string {
  if (!value) return NONE;
  const mean = (value.mean / unit).toFixed(digits);
  return seeds > 1 ? `${mean} ± ${(value.std / unit).toFixed(digits)}` : mean;
}

/** Figures by method, of the mean or of one class, with what each method costs. */
function Figures({ found }: { found: ComparisonFile }) {
  // an empty name is none of a class
  const [chosen, setChosen] = useState('');
  const { rows, published, figures, classes, seeds } = found;
  const many = seeds.length;
  const of = (row: ComparedRow) => (chosen === '' ? row.mean : ownValue(row.classes, chosen)) ?? [];
  const best = figures.map((_, c) => Math.max(...rows.map((row) => of(row)[c]?.mean ?? -Infinity)));
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">Figures, in percent{many > 1 && ', mean ± standard deviation over the seeds'}</h2>
      {classes.length > 1 && (
        <Choice
          label="Class"
          value={chosen}
          options={[['', 'mean over the classes'], ...classes.map((one) => [one, one] as const)]}
          onChange={setChosen}
        />
      )}
      <div class="scrolls">
        <table id="compared">
          <thead>
            <tr>
              <th scope="col">Method</th>
              {figures.map((figure) => (
                <th key={figure} scope="col">
                  {figure}
                </th>
              ))}
              <th scope="col">Training, s</th>
              <th scope="col">ms per picture</th>
              <th scope="col">Peak memory, MiB</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">{comparedTitle(row, rows)}</th>
                {figures.map((figure, c) => {
                  const value = of(row)[c] ?? null;
                  const text = spreadText(value, many);
                  return (
                    <td key={figure}>{value && value.mean === best[c] ? <strong>{text}</strong> : text}</td>
                  );
                })}
                <td>{spreadText(row.seconds, many)}</td>
                <td>{spreadText(row.picture, many)}</td>
                <td>{spreadText(row.peakBytes, many, 0, MIB)}</td>
              </tr>
            ))}
            {published.map(({ title, mean, classes: own }) => {
              const values = (chosen === '' ? mean : ownValue(own, chosen)) ?? [];
              return (
                <tr key={title} class="muted">
                  <th scope="row">{title} (published)</th>
                  {figures.map((figure, c) => (
                    <td key={figure}>{values[c]?.toFixed(1) ?? NONE}</td>
                  ))}
                  <td colSpan={3}>{NONE}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="muted">
        The best figure of these methods is bold; one that is better than another by less than the spread may
        be so by chance.
      </p>
    </section>
  );
}
