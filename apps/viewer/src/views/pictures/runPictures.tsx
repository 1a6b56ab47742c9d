import { ExampleNote } from '../../parts/nothingOpen.js';
import type { OpenRun } from '../../run/types.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { queryOf } from '../../state/address/filter.js';
import { ALL } from '../../state/selection.js';

/** The evaluated pictures of a run by product; they are looked at among the results. */
export function RunPictures({ run }: { run: OpenRun }) {
  const count = (className: string, label: 0 | 1 | null) =>
    run.items.filter((item) => item.className === className && item.label === label).length;
  const unknown = run.items.some(({ label }) => label === null);
  const show = (className: string) =>
    addressOf({ ...placeOf('judge', 'results'), query: queryOf({ ...ALL, className }, 'score down') });
  return (
    <div class="pictures">
      <h1>Pictures of {run.name}</h1>
      <ExampleNote />
      <p class="muted">
        A run holds the {run.items.length} pictures it was evaluated on. They cannot be changed here.
      </p>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Good</th>
              <th scope="col">Defective</th>
              {unknown && <th scope="col">Unknown</th>}
            </tr>
          </thead>
          <tbody>
            {run.classes.map((name) => (
              <tr key={name}>
                <th scope="row">
                  <a href={show(name)}>{name}</a>
                </th>
                <td>{count(name, 0)}</td>
                <td>{count(name, 1)}</td>
                {unknown && <td>{count(name, null)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
