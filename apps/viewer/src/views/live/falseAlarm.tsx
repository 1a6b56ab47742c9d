import { Confirm } from '../../parts/confirm.js';
import type { Shot } from '../../state/shots.js';
import { fineTune, fineTuning, trainedHere, undoable, undoFineTune } from '../../state/training.js';

/** Marks a picture as a false alarm; the model trained in this page learns it from the stored features. */
export function FalseAlarm({ shot }: { shot: Shot }) {
  if (!trainedHere.value || shot.stale !== null) return null;
  const { verdict } = shot.judgement;
  const running = fineTuning.value;
  if (verdict === null || verdict === 'OK') return null;
  return (
    <div class="false-alarm">
      <Confirm
        label="This one is fine …"
        question={`Learn ${shot.name} as a good picture of ${shot.judgement.className}? The thresholds are set again, and the judged files are judged again. You can undo it.`}
        yes="Learn it"
        no="Cancel"
        disabled={running !== null}
        onYes={() => void fineTune(shot)}
      />
    </div>
  );
}

/** How far the learning is, and the way back. */
export function Learning() {
  const running = fineTuning.value;
  if (running !== null) return <p role="status">{running}</p>;
  if (!undoable.value) return null;
  return (
    <p>
      <button type="button" onClick={() => void undoFineTune()}>
        Undo “This one is fine”
      </button>
    </p>
  );
}
