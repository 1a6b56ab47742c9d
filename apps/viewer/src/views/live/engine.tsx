import { card, engineStatus } from '../../state/engine.js';

/** Which backend computes, and why. */
export function Engine() {
  const status = engineStatus.value;
  const loaded = card.value;
  return (
    <p class="engine muted" id="engine-status" role="status">
      {status ? status.line : 'The engine starts when it is needed.'}
      {loaded &&
        ` ${loaded.encoder.arch}, width ${loaded.encoder.width}, ${loaded.inputSize}×${loaded.inputSize} pixels.`}
    </p>
  );
}
