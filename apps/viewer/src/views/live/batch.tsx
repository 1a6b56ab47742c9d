import { save } from '../../parts/save.js';
import { large } from '../../state/live/large.js';
import { stopQueue, waiting } from '../../state/live/live.js';
import { judgedOf, tally, verdictsCsv } from '../../state/live/record.js';

/** The results of all files since the model was opened: counts, the queue with a stop button, and a table to download. */
export function Batch() {
  const { OK, REVIEW, NG, UNKNOWN, none, failed, older } = tally.value;
  const all = judgedOf(tally.value) + failed;
  if (all + waiting.value === 0) return null;
  const parts = [
    `${OK} OK`,
    `${REVIEW} REVIEW`,
    `${NG} NG`,
    ...(UNKNOWN > 0 ? [`${UNKNOWN} UNKNOWN`] : []),
    ...(none > 0 ? [`${none} without thresholds`] : []),
    ...(failed > 0 ? [`${failed} not judged`] : []),
    ...(older > 0 ? [`${older} older by thresholds of before`] : []),
  ];
  return (
    <div class="batch">
      <p id="live-counts" role="status">
        {all} {all === 1 ? 'file' : 'files'}: {parts.join(', ')}
        {waiting.value > 0 && `; ${waiting.value} waiting`}
      </p>
      {large.value && (
        <p id="live-large" role="status">
          Judging {large.value.name}: {large.value.megapixels} megapixels take a while …
        </p>
      )}
      <p class="buttons">
        {waiting.value > 0 && (
          <button type="button" onClick={stopQueue}>
            Stop
          </button>
        )}
        <button
          type="button"
          disabled={all === 0}
          onClick={() => save(new Blob([verdictsCsv()], { type: 'text/csv' }), 'verdicts.csv')}
        >
          Save the verdicts (CSV)
        </button>
      </p>
    </div>
  );
}
