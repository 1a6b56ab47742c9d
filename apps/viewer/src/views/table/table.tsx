import { useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { Compare } from '../../parts/compare.js';
import { ExampleNote, NothingOpen } from '../../parts/nothingOpen.js';
import { useLoaded } from '../../parts/useLoaded.js';
import type { Figures, OpenRun, RunMetrics } from '../../run/types.js';
import { otherRun, run } from '../../state/opened.js';
import { COLUMNS, inPercent } from '@pyramid-mamba/runs';
import { figuresOf, paperReference, runReference, type Reference } from './figures.js';
import './table.css';

type Compared = 'nothing' | 'paper' | 'other';

/** All figures of the run, by class and mean. */
export function Table() {
  return run.value ? <RunFigures run={run.value} /> : <NothingOpen />;
}

function RunFigures({ run: opened }: { run: OpenRun }) {
  const other = otherRun.value;
  const own = useLoaded(() => figuresOf(opened), [opened]);
  const others = useLoaded(() => (other ? figuresOf(other) : Promise.resolve(null)), [other]);
  const [wish, setWish] = useState<Compared | undefined>();
  const paper = paperReference(opened);
  const possible: readonly (readonly [value: Compared, title: string])[] = [
    ['nothing', 'nothing'],
    ...(paper ? [['paper', 'the paper'] as const] : []),
    ...(other ? [['other', other.name] as const] : []),
  ];
  const compared = possible.find(([value]) => value === wish)?.[0] ?? possible.at(-1)![0];
  const reference =
    compared === 'paper'
      ? paper
      : compared === 'other' && others.value
        ? runReference(others.value, opened.classes)
        : undefined;
  const fault = own.fault ?? others.fault;
  return (
    <div class="figures">
      <ExampleNote />
      <div class="figures-bar">
        <h1>Figures of {opened.name}</h1>
        {possible.length > 1 && (
          <Choice label="Compared to" value={compared} options={possible} onChange={setWish} />
        )}
        <Compare />
      </div>
      {fault && <p class="verdict NG">{fault}</p>}
      {!own.value && !fault && <p role="status">Loading …</p>}
      {own.value && <FigureTable metrics={own.value} reference={reference} />}
      {own.value && !opened.items.some(({ label }) => label === 1) && (
        <p>
          The run has no defective pictures, so most figures are undefined: they compare good pictures with
          defective ones.
        </p>
      )}
      {own.value && (
        <p class="muted">
          In percent{reference ? ', with the difference in points' : ''}.{' '}
          {own.value.measured
            ? `Measured by the protocol “${own.value.protocol}”.`
            : 'The run has no metrics.json: image figures are computed from its scores, pixel figures are missing.'}{' '}
          {reference?.note}
        </p>
      )}
    </div>
  );
}

function FigureTable({ metrics, reference }: { metrics: RunMetrics; reference: Reference | undefined }) {
  const row = (name: string, figures: Figures, to: readonly (number | null)[] | undefined) =>
    COLUMNS.map(({ of, path }, c) => (
      <Cell
        key={path}
        value={inPercent(of(figures))}
        compared={reference !== undefined}
        to={to?.[c] ?? null}
        reason={metrics.undefined?.[`${name}.${path}`]}
      />
    ));
  return (
    <div class="scrolls">
      <table>
        <thead>
          <tr>
            <td />
            <th scope="colgroup" colSpan={3}>
              Pictures
            </th>
            <th scope="colgroup" colSpan={4}>
              Pixels
            </th>
          </tr>
          <tr>
            <th scope="col">Class</th>
            {COLUMNS.map(({ title, path }) => (
              <th key={path} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(metrics.classes).map(([name, figures]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {row(
                name,
                figures,
                reference && Object.hasOwn(reference.classes, name) ? reference.classes[name] : undefined,
              )}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">mean</th>
            {row('mean', metrics.mean, reference?.mean)}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Cell({
  value,
  compared,
  to,
  reason,
}: {
  value: number | null;
  compared: boolean;
  to: number | null;
  reason: string | undefined;
}) {
  const delta = value === null || to === null ? null : value - to;
  return (
    <td title={value === null ? (reason ?? 'undefined') : undefined}>
      {value === null ? '–' : value.toFixed(1)}
      {compared && <Delta of={delta} />}
    </td>
  );
}

function Delta({ of: delta }: { of: number | null }) {
  if (delta === null) return <span class="delta" />;
  if (Math.abs(delta) < 0.05) return <span class="delta">±0.0</span>;
  return delta > 0 ? (
    <span class="delta better">+{delta.toFixed(1)}</span>
  ) : (
    <span class="delta worse">−{Math.abs(delta).toFixed(1)}</span>
  );
}
