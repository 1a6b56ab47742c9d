import { useMemo } from 'preact/hooks';
import type { Item, OpenRun } from '../../run/types.js';
import { isChanged, tune, tuned } from '../../state/tuning.js';
import { distrustBy, thresholdsOf } from '../../state/verdicts.js';
import { added, countsAt, totalOf, type Counts } from './counts.js';

/** The results of every class at its thresholds. */
export function ClassTable({ run }: { run: OpenRun }) {
  const byClass = useMemo(() => {
    const groups = new Map<string, Item[]>(run.classes.map((name) => [name, []]));
    for (const item of run.items) groups.get(item.className)?.push(item);
    return groups;
  }, [run]);
  const counted = [...byClass].map(([name, items]) => {
    const thresholds = thresholdsOf(name);
    return {
      name,
      thresholds,
      counts: thresholds && countsAt(items, thresholds, distrustBy(name, thresholds) !== undefined),
    };
  });
  const all = added(counted.flatMap(({ counts }) => (counts ? [counts] : [])));
  return (
    <section aria-labelledby="all-classes">
      <h2 id="all-classes">All classes</h2>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Review from</th>
              <th scope="col">Reject from</th>
              <th scope="col">Missed defects</th>
              <th scope="col">False rejects</th>
              <th scope="col">To review</th>
            </tr>
          </thead>
          <tbody>
            {counted.map(({ name, thresholds, counts }) => (
              <tr key={name}>
                <th scope="row">
                  <button type="button" aria-pressed={name === tuned.value} onClick={() => tune(name)}>
                    {name}
                  </button>
                  {isChanged(name) && <span class="muted"> changed</span>}
                </th>
                <td>{thresholds?.review.toFixed(4) ?? '–'}</td>
                <td>{thresholds?.reject.toFixed(4) ?? '–'}</td>
                <Mistakes counts={counts} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">all</th>
              <td />
              <td />
              <Mistakes counts={all} />
            </tr>
          </tfoot>
        </table>
      </div>
    </section>
  );
}

function Mistakes({ counts }: { counts: Counts | undefined }) {
  if (!counts) {
    return (
      <>
        <td>–</td>
        <td>–</td>
        <td>–</td>
      </>
    );
  }
  const { good, defective } = counts;
  return (
    <>
      <td class={defective.OK > 0 ? 'wrong' : ''}>
        {totalOf(defective) === 0 ? '–' : `${defective.OK} of ${totalOf(defective)}`}
      </td>
      <td class={good.NG > 0 ? 'wrong' : ''}>
        {good.NG} of {totalOf(good)}
      </td>
      <td>{good.REVIEW + defective.REVIEW}</td>
    </>
  );
}
