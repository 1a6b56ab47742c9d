import { discard, resume, saved } from '../../state/training.js';

/** A training that a closed tab left behind. */
export function Saved() {
  const left = saved.value;
  if (!left) return null;
  const complete = left.epoch >= left.epochs;
  return (
    <section class="saved" aria-label="Saved training">
      <p>
        The browser keeps a training: <strong>{left.name}</strong> ({left.classes.join(', ')}),{' '}
        {left.trainingPictures} pictures of {left.inputSize}×{left.inputSize}, epoch {left.epoch} of{' '}
        {left.epochs}.
      </p>
      <p class="buttons">
        <button type="button" class="primary" onClick={() => void resume()}>
          {complete ? 'Open its model' : 'Go on with it'}
        </button>
        <button type="button" onClick={() => void discard()}>
          Discard it
        </button>
      </p>
    </section>
  );
}
