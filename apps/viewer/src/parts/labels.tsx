import { CircleCheck, CircleX, Undo2 } from 'lucide';
import type { Label, Polygon } from '@pyramid-mamba/projects';
import type { ComponentChildren } from 'preact';
import { labelNow, mostRegions, say } from '../state/project/labels.js';
import { content, locked } from '../state/project/open.js';
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

/** What was said, and where: the regions that the model found were accepted, or a person drew them. */
function saidWords({ is, regions }: Label): string {
  if (is === 'good') return 'You said: good.';
  const where =
    regions.length === 1 ? ', at 1 place' : regions.length > 0 ? `, at ${regions.length} places` : '';
  return `You said: defective${where}.`;
}

/**
 * What a person says of a judged picture of the project: a false alarm, or an escape with the regions that the model found.
 *
 * @param children what else can be said of it
 */
export function Labels({
  id,
  regions,
  children,
}: {
  id: string | undefined;
  regions: readonly Polygon[];
  children?: ComponentChildren;
}) {
  if (id === undefined || !content.value?.judged.has(id)) return null;
  const label = labelNow(id);
  const said = label?.is ?? null;
  const disabled = locked.value !== null;
  return (
    <div class="labels" role="group" aria-label="Is the verdict right?">
      <button
        type="button"
        aria-pressed={said === 'good'}
        disabled={disabled}
        onClick={() => void say(id, { is: 'good', regions: [] })}
      >
        <Icon of={CircleCheck} /> This is good
      </button>
      <button
        type="button"
        aria-pressed={said === 'defective'}
        disabled={disabled}
        onClick={() => void say(id, { is: 'defective', regions: mostRegions(regions) })}
      >
        <Icon of={CircleX} /> This is defective
      </button>
      <span role="status" class="muted">
        {label !== null && (
          <>
            {saidWords(label)}{' '}
            <button type="button" class="quiet" disabled={disabled} onClick={() => void say(id, null)}>
              <Icon of={Undo2} /> Take it back
            </button>
          </>
        )}
      </span>
      {children}
    </div>
  );
}
