import { Bell } from 'lucide';
import { Confirm } from '../../parts/confirm.js';
import { Icon } from '../../parts/icon.js';
import { attempting } from '../../state/engine.js';
import { tellAtEnd, telling } from '../../state/trainingTold.js';
import {
  busy,
  counted,
  discard,
  finish,
  fit,
  goOn,
  lastStep,
  pause,
  phase,
  resume,
  secondsLeft,
  stage,
  stop,
  trained,
  type StageEvent,
  type StepEvent,
} from '../../state/training.js';
import { duration } from '@pyramid-mamba/runs';

/** The progress of the training, and its controls. */
export function Progress() {
  const now = phase.value;
  return (
    <section class="progress" aria-label="Training">
      <Bar />
      <p id="train-status" role="status">
        {sentence()}
      </p>
      <Details />
      <TellAtEnd />
      <p class="buttons">
        {now === 'training' && (
          <button type="button" onClick={pause}>
            Pause
          </button>
        )}
        {now === 'paused' && (
          <button type="button" class="primary" onClick={goOn}>
            Resume
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
              Resume
            </button>
            {(!fit.value || trained.value !== null) && (
              <button type="button" onClick={() => void finish()}>
                Use the model as it is
              </button>
            )}
            <Confirm
              label="Discard it …"
              question="Discard this training? It cannot be brought back."
              yes="Discard it"
              onYes={() => void discard()}
            />
          </>
        )}
      </p>
    </section>
  );
}

/** Offers a notification at the end, as long as the browser has not been asked; a training takes longer than one looks at it. */
function TellAtEnd() {
  if (!busy.value) return null;
  if (telling.value === 'granted') return <p class="muted">The browser tells you when it is done.</p>;
  if (telling.value !== 'default') return null;
  return (
    <p>
      <button
        type="button"
        class="quiet"
        onClick={() => void attempting('The browser was not asked', tellAtEnd)}
      >
        <Icon of={Bell} /> Tell me when it is done
      </button>
    </p>
  );
}

function Bar() {
  const step = lastStep.value;
  const count = counted.value;
  const now = phase.value;
  if (stage.value) return <progress max={1} value={stage.value.share} aria-label="Training" />;
  if (now === 'preparing' || now === 'finishing') {
    return <progress max={count?.total ?? 1} value={count?.done ?? 0} aria-label="Pictures" />;
  }
  if (fit.value) return <progress max={1} value={fit.value.share} aria-label="Training" />;
  return <progress max={step?.total ?? 1} value={step?.step ?? 0} aria-label="Steps" />;
}

/** What a person wants to know; epochs, steps and loss stand under the details. */
function sentence(): string {
  const count = counted.value;
  const step = lastStep.value;
  const now = phase.value;
  if (stage.value && now !== 'stopping' && now !== 'stopped') return ofStage(stage.value, now === 'paused');
  switch (now) {
    case 'preparing':
      return count ? preparing(count) : 'Getting ready …';
    case 'finishing':
      return count
        ? `Setting the thresholds: held-back picture ${count.done} of ${count.total}.`
        : 'Setting the thresholds …';
    case 'stopping':
      return 'Stopping after this step …';
    case 'stopped':
      if (fit.value) return 'Stopped. The pictures are read; the training itself begins again.';
      return `Stopped${step ? ` at ${percent(step)}` : ''}. Everything up to here is kept.`;
    case 'paused':
      if (fit.value) return `Paused at ${shareOf(fit.value.share)}.`;
      return `Paused${step ? ` at ${percent(step)}` : ''}. Everything up to here is kept.`;
    default: {
      if (fit.value) return `Training: ${shareOf(fit.value.share)}, ${fit.value.doing}.`;
      if (!step) return 'Training begins; the first step takes longest …';
      const left = secondsLeft.value;
      return `Training: ${percent(step)}${left === null ? '' : `, about ${duration(left, 'spelt')} left`}.`;
    }
  }
}

/** A part of a training in stages: what is done, how far, for how long, and what can be used already. */
function ofStage({ doing, share, secondsLeft: left }: StageEvent, paused: boolean): string {
  const parts = [doing, ...(share > 0 ? [shareOf(share)] : [])];
  if (left !== null && !paused) parts.push(`about ${duration(left, 'spelt')} left`);
  const text = parts.join(', ');
  const usable = trained.value ? ' The first model can be used already.' : '';
  return `${paused ? 'Paused: ' : ''}${paused ? text : text[0]!.toUpperCase() + text.slice(1)}.${usable}`;
}

const shareOf = (share: number): string => `${Math.floor(100 * share)} %`;

const percent = ({ step, total }: StepEvent): string => `${Math.floor((100 * step) / Math.max(1, total))} %`;

function preparing({ done, total, computed }: { done: number; total: number; computed: number }): string {
  const known = done - computed;
  return `Reading picture ${done} of ${total}${known > 0 && computed > 0 ? ` (${known} were known from an earlier training)` : ''}.`;
}

/** Numbers for those who know what they mean. */
function Details() {
  const step = lastStep.value;
  if (!step) return null;
  const { epoch, epochs, total, loss, imagesPerSecond } = step;
  return (
    <details class="muted">
      <summary>Details</summary>
      <p>
        epoch {epoch} of {epochs} · step {step.step} of {total} · loss {loss.toFixed(4)} ·{' '}
        {imagesPerSecond.toFixed(1)} images/s
      </p>
    </details>
  );
}
