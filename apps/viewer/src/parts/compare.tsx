import { GitCompareArrows } from 'lucide';
import { opening, pickRun } from '../state/opening.js';
import { otherRun, run } from '../state/opened.js';
import { Icon } from './icon.js';

/** Opens a second run beside the open one, or closes it: before and after. */
export function Compare() {
  if (!run.value) return null;
  const other = otherRun.value;
  if (other) {
    return (
      <button type="button" onClick={() => (otherRun.value = null)}>
        Stop comparing with {other.name}
      </button>
    );
  }
  return (
    <button
      type="button"
      class="quiet"
      disabled={opening.value !== null}
      onClick={() => void pickRun('other')}
    >
      <Icon of={GitCompareArrows} />
      Compare with another run …
    </button>
  );
}
