import { forgetRegions, labelNow, shownId } from '../../../state/project/labels.js';
import { locked } from '../../../state/project/open.js';
import { closeDrawing, drawDefect, drawing } from './editing.js';

/** Where the shown picture has its defect, drawn by a person: the model found nothing there, or not all of it. */
export function WhereDefective() {
  const id = shownId.value;
  const label = labelNow(id);
  if (id === undefined || label?.is !== 'defective' || locked.value !== null) return null;
  const drawn = drawing.value;
  if (drawn?.kind === 'defect')
    return (
      <p class="buttons" role="status">
        Click the corners around the defect on the picture ({drawn.corners.length} set).
        <button type="button" class="primary" disabled={drawn.corners.length < 3} onClick={closeDrawing}>
          It is here
        </button>
        <button type="button" onClick={() => (drawing.value = null)}>
          Cancel
        </button>
      </p>
    );
  return (
    <p class="buttons">
      <span class="kind defect">Where:</span>
      <button type="button" onClick={() => drawDefect(false)}>
        Draw the defect
      </button>
      <button type="button" aria-label="Add a rectangle around the defect" onClick={() => drawDefect(true)}>
        Add a rectangle
      </button>
      {label.regions.length > 0 && (
        <button type="button" class="quiet" onClick={() => void forgetRegions(id)}>
          Remove {label.regions.length === 1 ? 'the place' : `the ${label.regions.length} places`}
        </button>
      )}
    </p>
  );
}
