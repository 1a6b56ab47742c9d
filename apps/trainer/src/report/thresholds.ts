// The thresholds of a model that was not evaluated; an evaluated one's lie in the charts of its scores.
import { ownValue } from '@pyramid-mamba/metrics';
import { html, type Html } from './html.js';
import type { RunResults } from './runResults.js';

/** The section of the report; nothing without thresholds. */
export function thresholdsSection({ metrics }: Pick<RunResults, 'metrics'>, shown: readonly string[]): Html {
  const rows = shown.flatMap((name) => {
    const own = ownValue(metrics.thresholds, name);
    return own ? [{ name, ...own }] : [];
  });
  if (rows.length === 0) return html``;
  return html`<h2>Thresholds</h2>
    <p>
      A picture's score is the highest value of its anomaly map. From <em>review</em> on, its limit, it needs
      a person's check, from <em>reject</em> on it is NG.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">class</th>
          <th scope="col">review</th>
          <th scope="col">reject</th>
          <th scope="col">good pictures that set them</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ name, review, reject, goodCount }) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${review.toPrecision(4)}</td>
              <td>${reject.toPrecision(4)}</td>
              <td>${goodCount}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
