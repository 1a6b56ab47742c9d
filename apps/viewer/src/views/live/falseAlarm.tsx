import type { Shot } from '../../state/shots.js';
import { fineTune, fineTuning, trainedHere } from '../../state/training.js';

/** Says that a picture is good after all; the model learns it from what the training in this page kept. */
export function FalseAlarm({ shot }: { shot: Shot }) {
  if (!trainedHere.value) return null;
  const running = fineTuning.value;
  return (
    <p class="false-alarm">
      <button type="button" disabled={running !== null} onClick={() => void fineTune(shot)}>
        This one is fine
      </button>{' '}
      <span class="muted" role="status">
        {running ?? 'A false alarm? The model then learns this picture as well, in a few epochs.'}
      </span>
    </p>
  );
}
