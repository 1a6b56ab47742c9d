import { CircleCheck, CircleX } from 'lucide';
import { Icon } from '../../parts/icon.js';
import type { Shot } from '../../state/live/shots.js';
import { locked, project } from '../../state/project/open.js';
import { keepFrame } from '../../state/project/verdicts.js';

/** What a person says of a camera's frame: the project has it only then. */
export function KeepFrame({ shot }: { shot: Shot }) {
  if (shot.from !== 'camera' || shot.stale !== null || !project.value || locked.value !== null) return null;
  return (
    <div class="labels" role="group" aria-label="Is the verdict right?">
      <button type="button" onClick={() => void keepFrame(shot, 'good')}>
        <Icon of={CircleCheck} /> This is good
      </button>
      <button type="button" onClick={() => void keepFrame(shot, 'defective')}>
        <Icon of={CircleX} /> This is defective
      </button>
    </div>
  );
}
