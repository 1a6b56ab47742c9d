import { comparedTitle, type ComparisonFile } from '@pyramid-mamba/runs';
import { useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { besides, type Which } from './pictures.js';

/** Pictures of the table; `compare-pictures.csv` has all. */
const LISTED = 200;

const percent = (standing: number) => `${(100 * standing).toFixed(1)} %`;

/** Two methods picture by picture: which of them ranks which pictures better. */
export function Wins({ found }: { found: ComparisonFile }) {
  const [chosen, setChosen] = useState('0');
  const [which, setWhich] = useState<Which>('all');
  const pair = found.pairs[Number(chosen)] ?? found.pairs[0];
  if (!pair) return null;
  const title = (row: number) => comparedTitle(found.rows[row]!, found.rows);
  const [a, b] = [title(pair.a), title(pair.b)];
  const list = besides(found, pair.a, pair.b, which);
  return (
    <section aria-labelledby="wins">
      <h2 id="wins">Picture by picture</h2>
      <p class="muted">
        A picture’s standing is the share of its class’s test pictures of the other label that it is on the
        right side of, ties half, as the mean over the seeds. The method with the higher standing is better at
        it.
      </p>
      <div class="buttons">
        {found.pairs.length > 1 && (
          <Choice
            label="Methods"
            value={chosen}
            options={found.pairs.map((one, i) => [String(i), `${title(one.a)} and ${title(one.b)}`] as const)}
            onChange={setChosen}
          />
        )}
        <Choice
          label="Pictures"
          value={which}
          options={[
            ['all', `with a difference (${pair.wins + pair.losses})`],
            ['a', `where ${a} is better (${pair.wins})`],
            ['b', `where ${b} is better (${pair.losses})`],
          ]}
          onChange={setWhich}
        />
      </div>
      <p role="status" id="wins-told">
        Of {found.pictures.length} pictures {a} is better at {pair.wins}, {b} at {pair.losses}, and both are
        equal at {pair.ties}.
        {list.length > LISTED && ` The ${LISTED} with the largest differences are listed.`}
      </p>
      {list.length > 0 && (
        <div class="scrolls">
          <table aria-label={`Pictures by ${a} and ${b}`}>
            <thead>
              <tr>
                <th scope="col">Picture</th>
                <th scope="col">Class</th>
                <th scope="col">Truth</th>
                <th scope="col">{a}</th>
                <th scope="col">{b}</th>
                <th scope="col">Better</th>
              </tr>
            </thead>
            <tbody>
              {list.slice(0, LISTED).map(({ picture, ...by }) => (
                <tr key={picture.file}>
                  <th scope="row">{picture.file}</th>
                  <td>{picture.class}</td>
                  <td>{picture.label === 0 ? 'good' : picture.defect || 'defective'}</td>
                  <td>{percent(by.a)}</td>
                  <td>{percent(by.b)}</td>
                  <td>{by.a > by.b ? a : b}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
