import { CircleCheck, CircleX, Undo2 } from 'lucide';
import type { Label, Polygon } from '@pyramid-mamba/projects';
import { changing, content, locked } from '../state/project/open.js';
import { Icon } from './icon.js';

/** A box in the pixels of a picture of `width` and `height`. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box as a polygon of fractions of the picture's sides. */
export function polygonOf(box: Box, width: number, height: number): Polygon {
  const share = (value: number, of: number) => Math.min(1, Math.max(0, value / of));
  const [left, right] = [share(box.x, width), share(box.x + box.width, width)];
  const [top, bottom] = [share(box.y, height), share(box.y + box.height, height)];
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

const SAID = { good: 'You said: good.', defective: 'You said: defective.' } as const;

/** What a person says of a judged picture of the project: a false alarm, or an escape with the regions that the model found. */
export function Labels({ id, regions }: { id: string | undefined; regions: readonly Polygon[] }) {
  const judged = id === undefined ? undefined : content.value?.judged.get(id);
  if (!judged || id === undefined) return null;
  const said = judged.label?.is ?? null;
  const say = (label: Omit<Label, 'at' | 'was'> | null) =>
    void changing('Not noted', (open) => open.label(id, label));
  const disabled = locked.value !== null;
  return (
    <div class="labels" role="group" aria-label="Is the verdict right?">
      <button
        type="button"
        aria-pressed={said === 'good'}
        disabled={disabled}
        onClick={() => say({ is: 'good', regions: [] })}
      >
        <Icon of={CircleCheck} /> This is good
      </button>
      <button
        type="button"
        aria-pressed={said === 'defective'}
        disabled={disabled}
        onClick={() => say({ is: 'defective', regions: regions.slice(0, 100) })}
      >
        <Icon of={CircleX} /> This is defective
      </button>
      <span role="status" class="muted">
        {said !== null && (
          <>
            {SAID[said]}{' '}
            <button type="button" class="quiet" disabled={disabled} onClick={() => say(null)}>
              <Icon of={Undo2} /> Take it back
            </button>
          </>
        )}
      </span>
    </div>
  );
}
