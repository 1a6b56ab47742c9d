import { VERDICTS, type Verdict } from '@pyramid-mamba/metrics';
import type { CountOf, Truth } from './countOf.js';

const TRUTHS: readonly (readonly [truth: Truth, title: string])[] = [
  [0, 'good'],
  [1, 'defective'],
  [null, 'not known'],
];
/** With the pictures that have no verdict. */
const COLUMNS: readonly (Verdict | null)[] = [...VERDICTS, null];

const isMistake = (truth: Truth, verdict: Verdict | null): boolean =>
  (truth === 0 && verdict === 'NG') || (truth === 1 && verdict === 'OK');

/**
 * Pictures by truth and verdict. OK, REVIEW and NG have a column always, the others where a picture has them.
 *
 * @param truths of the rows; by default those that a picture has
 * @param before what else the same pictures were called: the cells say both
 * @param keyed rows begin with the colour of their truth in a histogram
 */
export function TruthTable({
  label,
  count,
  before,
  truths,
  keyed = false,
}: {
  label: string;
  count: CountOf;
  before?: CountOf;
  truths?: readonly Truth[];
  keyed?: boolean;
}) {
  const any = (truth: Truth, verdict: Verdict | null) =>
    count(truth, verdict) > 0 || (before?.(truth, verdict) ?? 0) > 0;
  const rows = TRUTHS.filter(([truth]) =>
    truths ? truths.includes(truth) : COLUMNS.some((verdict) => any(truth, verdict)),
  );
  const shown = COLUMNS.filter(
    (verdict) => (verdict !== null && verdict !== 'UNKNOWN') || rows.some(([truth]) => any(truth, verdict)),
  );
  return (
    <div class="scrolls">
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Truth</th>
            {shown.map((verdict) => (
              <th key={verdict} scope="col" class={`verdict ${verdict ?? ''}`}>
                {verdict ?? 'no verdict'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([truth, title]) => (
            <tr key={title}>
              <th scope="row">
                {keyed && <span class={`swatch-${title}`} aria-hidden="true" />}
                {keyed ? ` ${title}` : title}
              </th>
              {shown.map((verdict) => {
                const now = count(truth, verdict);
                return (
                  <td key={verdict} class={isMistake(truth, verdict) && now > 0 ? 'wrong' : ''}>
                    {before ? `${before(truth, verdict)} → ${now}` : now}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
