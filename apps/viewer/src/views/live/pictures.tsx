import { VerdictText } from '../../parts/verdict.js';
import { current, shots } from '../../state/live.js';

/** All files judged so far, to go back to. */
export function Pictures() {
  const list = shots.value;
  if (list.length < 2) return null;
  return (
    <div class="judged-list">
      <h2>Judged</h2>
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
                <button type="button" class="plain" onClick={() => (current.value = shot)}>
                  {shot.name}
                </button>
              </th>
              <td>{shot.judgement.score.toFixed(4)}</td>
              <td>
                <VerdictText of={shot.judgement.verdict} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
