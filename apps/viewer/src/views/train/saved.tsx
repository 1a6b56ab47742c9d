import { someOf } from '@pyramid-mamba/data';
import { Confirm } from '../../parts/confirm.js';
import type { SavedTraining } from '../../engine/training/types.js';
import { discard, saved } from '../../state/training.js';
import { resumeSaved } from './start.js';

/** The saved training of a closed tab. */
export function Saved() {
  const left = saved.value;
  if (!left) return null;
  const complete = left.stages ? left.stages.complete : left.epoch >= left.epochs;
  return (
    <section class="saved" aria-label="Saved training">
      <p>
        The browser keeps a training: <strong>{left.name}</strong> ({someOf(left.classes)}),{' '}
        {left.trainingPictures} pictures of {left.inputSize}×{left.inputSize}, {howFar(left)}.
      </p>
      {left.elsewhere ? (
        <p role="status">
          Another tab of this browser has it open. Continue there, or close that tab to continue here.
        </p>
      ) : (
        <p class="buttons">
          <button type="button" class="primary" onClick={resumeSaved}>
            {complete ? 'Open its model' : 'Resume it'}
          </button>
          <Confirm
            label="Discard it …"
            question={`Discard ${left.name}? Its training cannot be brought back.`}
            yes="Discard it"
            onYes={() => void discard()}
          />
        </p>
      )}
    </section>
  );
}

/** How far a saved training has come. */
function howFar({ stages, epoch, epochs }: SavedTraining): string {
  if (!stages) return `epoch ${epoch} of ${epochs}`;
  if (stages.complete) return 'complete';
  return stages.usable ? 'its first model is there, and it can still be improved' : 'no model yet';
}
