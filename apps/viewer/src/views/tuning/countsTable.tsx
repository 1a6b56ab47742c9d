import { VERDICTS } from '@pyramid-mamba/metrics';
import { totalOf, type Counts } from './counts.js';

export const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

/** Truth against verdict, and the two kinds of mistake. */
export function CountsTable({ counts }: { counts: Counts }) {
  const { good, defective, unknown } = counts;
  const strange = good.UNKNOWN + defective.UNKNOWN;
  const shown = VERDICTS.filter((name) => name !== 'UNKNOWN' || strange > 0);
  const [goodCount, defectCount] = [totalOf(good), totalOf(defective)];
  return (
    <div class="counts">
      <table aria-label="Truth against verdict">
        <thead>
          <tr>
            <th scope="col">Truth</th>
            {shown.map((name) => (
              <th key={name} scope="col" class={`verdict ${name}`}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              <span class="swatch-good" aria-hidden="true" /> good
            </th>
            {shown.map((name) => (
              <td key={name} class={name === 'NG' && good.NG > 0 ? 'wrong' : ''}>
                {good[name]}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row">
              <span class="swatch-defective" aria-hidden="true" /> defective
            </th>
            {shown.map((name) => (
              <td key={name} class={name === 'OK' && defective.OK > 0 ? 'wrong' : ''}>
                {defective[name]}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <div role="status" aria-label="Mistakes">
        <dl>
          <dt>Missed defects</dt>
          <dd>
            {defectCount === 0 ? (
              <span class="muted">unknown: the run has no defective picture of it</span>
            ) : (
              <>
                {defective.OK} of {defectCount} <span class="muted">{share(defective.OK, defectCount)}</span>
              </>
            )}
          </dd>
          <dt>False rejects</dt>
          <dd>
            {good.NG} of {goodCount} <span class="muted">{share(good.NG, goodCount)}</span>
          </dd>
          <dt>To review</dt>
          <dd>
            {good.REVIEW + defective.REVIEW}{' '}
            <span class="muted">{share(good.REVIEW + defective.REVIEW, goodCount + defectCount)}</span>
          </dd>
          {strange > 0 && (
            <>
              <dt>Unknown</dt>
              <dd>
                {strange} <span class="muted">{share(strange, goodCount + defectCount)}</span>
              </dd>
            </>
          )}
        </dl>
      </div>
      {unknown > 0 && (
        <p class="muted">
          {unknown} {unknown === 1 ? 'picture' : 'pictures'} of unknown truth not counted.
        </p>
      )}
    </div>
  );
}
