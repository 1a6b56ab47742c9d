import type { Truth } from '../../parts/truth/countOf.js';
import { TruthTable } from '../../parts/truth/truthTable.js';
import { totalOf, type Counts } from './counts.js';

export const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

/** Pictures of unknown truth are told of in a sentence. */
const LABELLED: readonly Truth[] = [0, 1];

/** Truth against verdict, and the two kinds of mistake. */
export function CountsTable({ counts }: { counts: Counts }) {
  const { good, defective, unknown } = counts;
  const strange = good.UNKNOWN + defective.UNKNOWN;
  const [goodCount, defectCount] = [totalOf(good), totalOf(defective)];
  return (
    <div class="counts">
      <TruthTable
        label="Truth against verdict"
        count={(truth, verdict) => (verdict === null ? 0 : (truth === 0 ? good : defective)[verdict])}
        truths={LABELLED}
        keyed
      />
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
