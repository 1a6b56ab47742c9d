import { CircleCheck, CircleX } from 'lucide';
import { Icon } from '../../parts/icon.js';
import type { Shot } from '../../state/live/shots.js';
import { locked, project } from '../../state/project/open.js';
import { idOf, keepShot } from '../../state/project/verdicts.js';

/** Why a judged picture is not kept, a sentence; null where it is. */
function notKept(shot: Shot): string | null {
  if (idOf(shot) !== undefined) return null;
  if (!project.value) return 'Not kept: no project is open, so it cannot be marked as good or defective.';
  if (locked.value !== null) return 'Not kept: another tab works on the project. Work here to keep it.';
  return shot.from === 'camera'
    ? 'Not kept: a camera’s frame joins the project once you say what it is.'
    : 'Not kept in the project. It joins the project once you say what it is.';
}

/** What a person says of a picture that the project does not have: it has it only then. Where it cannot, that is said. */
export function KeepFrame({ shot }: { shot: Shot }) {
  const why = notKept(shot);
  if (why === null || shot.stale !== null) return null;
  const mayKeep = project.value !== null && locked.value === null;
  return (
    <div class="labels" role="group" aria-label="Is the verdict right?" id="not-kept">
      <span class="muted">{why}</span>
      {mayKeep && (
        <>
          <button type="button" onClick={() => void keepShot(shot, 'good')}>
            <Icon of={CircleCheck} /> This is good
          </button>
          <button type="button" onClick={() => void keepShot(shot, 'defective')}>
            <Icon of={CircleX} /> This is defective
          </button>
        </>
      )}
    </div>
  );
}
