import { scoreText } from '@pyramid-mamba/runs';
import { VerdictText } from '../../parts/verdict.js';
import { look } from '../../state/live/live.js';
import { current, KEPT, shots } from '../../state/live/shots.js';

/** All files judged so far. */
export function Pictures() {
  const list = shots.value;
  if (list.length < 2) return null;
  return (
    <div class="judged-list">
      <h2>Judged</h2>
      {list.length >= KEPT && <p class="muted">The newest {KEPT} are listed; the CSV has all of them.</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">Picture</th>
            <th scope="col">Score</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {list.map((shot) => (
            <tr key={shot.id} aria-current={shot.id === current.value?.id ? 'true' : undefined}>
              <th scope="row">
                <button type="button" class="plain" onClick={() => look(shot)}>
                  {shot.name}
                </button>
              </th>
              <td title={String(shot.judgement.score)}>
                {scoreText(shot.judgement.score, shot.judgement.calibration)}
              </td>
              <td>
                <VerdictText of={shot.stale === null ? shot.judgement.verdict : null} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
