import { NO_AREAS } from '@pyramid-mamba/inspect';
import { areas, judgeAgain } from '../../../state/live/live.js';
import { current } from '../../../state/live/shots.js';
import { addRectangle, closeDrawing, drawing, setArea, type AreaKind } from './editing.js';

const TITLES: Record<AreaKind, string> = { use: 'Only here', ignore: 'Not here' };
const KINDS: readonly AreaKind[] = ['use', 'ignore'];

/** The included and excluded areas: drawn on the picture, or added as rectangles and moved by keys. */
export function AreaList() {
  if (!current.value) return null;
  const drawn = drawing.value?.kind === 'defect' ? null : drawing.value;
  const some = areas.value.use.length + areas.value.ignore.length > 0;
  return (
    <details class="areas" open={some || drawn !== null}>
      <summary>Areas that count</summary>
      {drawn ? (
        <p role="status">
          Click the corners of the area on the picture ({drawn.corners.length} set).{' '}
          <button type="button" class="primary" disabled={drawn.corners.length < 3} onClick={closeDrawing}>
            Close the area
          </button>{' '}
          <button type="button" onClick={() => (drawing.value = null)}>
            Cancel
          </button>
        </p>
      ) : (
        KINDS.map((kind) => (
          <p key={kind} class="buttons">
            <span class={`kind ${kind}`}>{TITLES[kind]}:</span>
            <button type="button" onClick={() => (drawing.value = { kind, corners: [] })}>
              Draw
            </button>
            <button
              type="button"
              aria-label={`Add a rectangle: ${TITLES[kind]}`}
              onClick={() => addRectangle(kind)}
            >
              Add a rectangle
            </button>
          </p>
        ))
      )}
      <ul>
        {KINDS.flatMap((kind) =>
          areas.value[kind].map((polygon, i) => (
            <li key={`${kind}${i}`}>
              <span class={`kind ${kind}`}>
                {TITLES[kind]} {i + 1}
              </span>{' '}
              <span class="muted">{polygon.length} corners</span>{' '}
              <button
                type="button"
                aria-label={`Remove ${TITLES[kind]} ${i + 1}`}
                onClick={() => {
                  setArea(kind, i, null);
                  void judgeAgain();
                }}
              >
                Remove
              </button>
            </li>
          )),
        )}
      </ul>
      {some && (
        <p>
          <span class="muted">
            Corners move by dragging or, once focused, by the arrow keys (with Shift further); Delete removes
            one.
          </span>{' '}
          <button
            type="button"
            onClick={() => {
              areas.value = NO_AREAS;
              void judgeAgain();
            }}
          >
            Remove all
          </button>
        </p>
      )}
    </details>
  );
}
