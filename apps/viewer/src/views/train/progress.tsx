import {
  counted,
  discard,
  epochs,
  finish,
  goOn,
  lastStep,
  pause,
  phase,
  resume,
  secondsLeft,
  stop,
} from '../../state/training.js';
import { duration } from './duration.js';

/** How far the training is, and the buttons that hold it. */
export function Progress() {
  const now = phase.value;
  return (
    <section class="progress" aria-label="Training">
      <Bar />
      <p id="train-status" role="status">
        {sentence()}
      </p>
      <p class="buttons">
        {now === 'training' && (
          <button type="button" onClick={pause}>
            Pause
          </button>
        )}
        {now === 'paused' && (
          <button type="button" class="primary" onClick={goOn}>
            Go on
          </button>
        )}
        {(now === 'training' || now === 'paused') && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
        {now === 'stopped' && (
          <>
            <button type="button" class="primary" onClick={() => void resume()}>
              Go on
            </button>
            <button type="button" onClick={() => void finish()}>
              Use the model as it is
            </button>
            <button type="button" onClick={() => void discard()}>
              Discard it
            </button>
          </>
        )}
      </p>
    </section>
  );
}

function Bar() {
  const step = lastStep.value;
  const count = counted.value;
  const now = phase.value;
  if (now === 'preparing' || now === 'finishing') {
    return <progress max={count?.total ?? 1} value={count?.done ?? 0} aria-label="Pictures" />;
  }
  return <progress max={step?.total ?? 1} value={step?.step ?? 0} aria-label="Steps" />;
}

function sentence(): string {
  const count = counted.value;
  const step = lastStep.value;
  switch (phase.value) {
    case 'preparing':
      return count
        ? `Looking at picture ${count.done} of ${count.total}; ${count.computed} were encoded, the others are kept from before.`
        : 'Getting ready …';
    case 'finishing':
      return count
        ? `Setting thresholds by held-back picture ${count.done} of ${count.total}.`
        : 'Setting the thresholds …';
    case 'stopping':
      return 'Stopping after this step …';
    case 'stopped':
      return `Stopped${step ? ` at step ${step.step} of ${step.total}` : ''}; all is kept.`;
    default: {
      if (!step) return 'The first step takes longest …';
      const left = secondsLeft.value;
      const parts = [
        `epoch ${step.epoch} of ${step.epochs}`,
        `step ${step.step} of ${step.total}`,
        `loss ${step.loss.toFixed(4)}`,
        `${step.imagesPerSecond.toFixed(1)} images/s`,
        ...(left === null ? [] : [`${duration(left)} left`]),
      ];
      if (phase.value === 'paused') return `Paused at ${parts.slice(0, 3).join(', ')}; all is kept.`;
      return epochs.value.length > 0 ? parts.join(' · ') : `${parts.join(' · ')}`;
    }
  }
}
