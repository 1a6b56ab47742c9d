import { VerdictText } from '../../parts/verdict.js';
import type { Verdict } from '@pyramid-mamba/metrics';
import { extentText } from '@pyramid-mamba/inspect';
import { scoreOfLimit, scoreText } from '@pyramid-mamba/runs';
import { mmOf } from '../../state/millimetres.js';
import { areas, heatOpacity, moved } from '../../state/live/live.js';
import { current } from '../../state/live/shots.js';
import { Labels, polygonOf } from '../../parts/labels.js';
import { idOf } from '../../state/project/verdicts.js';
import { KeepFrame } from './keepFrame.js';
import { WhereDefective } from './areas/whereDefective.js';

/** What the reasons below a verdict are reasons for. */
function reasonFor(verdict: Verdict | null): string {
  if (verdict === null) return 'No verdict';
  return verdict === 'UNKNOWN' ? 'Unknown' : 'Not sure';
}

/** The judgement of the picture. */
export function Result() {
  const shot = current.value;
  if (!shot) return null;
  const { score, className, classSource, calibration, milliseconds, width, height } = shot.judgement;
  const verdict = shot.stale === null ? shot.judgement.verdict : null;
  const regions = shot.stale === null ? shot.judgement.regions : [];
  const mm = mmOf(className, width);
  const byHand = Object.hasOwn(moved.value, className);
  return (
    <div class="result">
      <p class="judged" id="live-verdict" role="status">
        <span class="big">
          <VerdictText of={verdict} />
        </span>
        <span>
          <strong id="live-score" title={String(score)}>
            {scoreText(score, calibration)}
          </strong>
          <br />
          <span class="muted">
            {verdict === 'UNKNOWN' && classSource === 'nearest' ? `nearest product ${className}` : className}
            {verdict !== 'UNKNOWN' && classSource === 'nearest' && ' (recognised)'}
            {scoreOfLimit(score, calibration) !== null && ` · score ${score.toFixed(4)}`}
            {calibration
              ? ` · review ${calibration.review.toFixed(4)}, reject ${calibration.reject.toFixed(4)}${byHand ? ', as changed in Adjust' : ''}`
              : ''}
          </span>
        </span>
      </p>
      {areas.value.use.length + areas.value.ignore.length > 0 && (
        <p class="muted">Only the areas that count were judged; see “Areas that count” below.</p>
      )}
      {shot.stale !== null && <p class="fault">No verdict: {shot.stale}</p>}
      {shot.stale === null &&
        shot.judgement.doubts.map((text) => (
          <p key={text} class="doubt">
            {reasonFor(verdict)}: {text}.
          </p>
        ))}
      <p class="muted">
        {shot.name}, {width}×{height} · {milliseconds.toFixed(0)} ms
      </p>
      {shot.stale === null && (
        <Labels
          id={idOf(shot)}
          regions={regions.map(({ box: [x, y, w, h] }) =>
            polygonOf({ x, y, width: w, height: h }, width, height),
          )}
        >
          <WhereDefective />
        </Labels>
      )}
      <KeepFrame shot={shot} />
      <label class="choice">
        <span>Heat map</span>
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={heatOpacity.value}
          onInput={(event) => (heatOpacity.value = event.currentTarget.valueAsNumber)}
        />
      </label>
      {regions.length > 0 && (
        <table class="regions">
          <caption>Where it reaches the review threshold</caption>
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">Score</th>
              <th scope="col">x, y</th>
              <th scope="col">{mm === undefined ? 'Pixels' : 'Size'}</th>
            </tr>
          </thead>
          <tbody>
            {regions.slice(0, 8).map(({ peak, area, box: [, , across, down] }, i) => (
              <tr key={i}>
                <th scope="row">{i + 1}</th>
                <td>{peak.score.toFixed(4)}</td>
                <td>
                  {Math.round(peak.x)}, {Math.round(peak.y)}
                </td>
                <td>{mm === undefined ? area : extentText(across, down, { x: mm, y: mm })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {regions.length > 8 && <p class="muted">and {regions.length - 8} more</p>}
    </div>
  );
}
