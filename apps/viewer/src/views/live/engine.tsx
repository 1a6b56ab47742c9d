import { describeInput } from '@pyramid-mamba/model';
import { card, engineStatus } from '../../state/engine.js';

/** Which backend computes, why, and what the network is: for those who look for it. */
export function Engine() {
  const status = engineStatus.value;
  const loaded = card.value;
  return (
    <details class="engine muted">
      <summary>Technical details</summary>
      <p id="engine-status">
        {status ? status.line : 'The backend starts when it is needed.'}
        {loaded && ` ${loaded.encoder}, ${describeInput(loaded.input)}.`}
      </p>
    </details>
  );
}
