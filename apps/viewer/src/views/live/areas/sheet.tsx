import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Polygon } from '@pyramid-mamba/inspect';
import { labelNow, shownId } from '../../../state/project/labels.js';
import { Corner, dot } from './corner.js';
import { addCorner, changeDrawn, closeDrawing, drawing } from './editing.js';

/** A point of the picture under the pointer, as fractions of its sides. */
export type PlaceOf = (event: PointerEvent) => [number, number];

/** Corners in hundredths of the picture's sides. */
export const points = (polygon: Polygon): string =>
  polygon.map(([x, y]) => `${x * 100},${y * 100}`).join(' ');

/**
 * Over a picture, in hundredths of its sides: where a person said that it is defective, what is being drawn, and what else is over it. While
 * something is drawn, clicks set its corners, and do nothing to what is below.
 */
export function Sheet({
  label,
  children,
}: {
  label: string;
  children?: (place: PlaceOf) => ComponentChildren;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const drawn = drawing.value;
  const said = labelNow(shownId.value);
  const place: PlaceOf = (event) => {
    const box = svg.current!.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  return (
    <svg
      ref={svg}
      class={`area-editor${drawn ? ' drawing' : ''}`}
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      role="group"
      aria-label={label}
      onPointerDown={(event) => {
        if (!drawn) return;
        event.stopPropagation();
        addCorner(...place(event));
      }}
      onDblClick={(event) => {
        if (!drawn) return;
        event.stopPropagation();
        closeDrawing();
      }}
    >
      {children?.(place)}
      {said?.is === 'defective' &&
        said.regions.map((polygon, i) => <polygon key={i} class="defect" points={points(polygon)} />)}
      {drawn && (
        <g class={`area ${drawn.kind}`}>
          <polyline points={points(drawn.corners)} />
          {drawn.corners.map(([x, y], i) =>
            drawn.kind === 'defect' ? (
              <Corner
                key={i}
                label={`Defect, corner ${i + 1}`}
                x={x}
                y={y}
                place={place}
                move={(to) => changeDrawn(i, to)}
                remove={() => changeDrawn(i, null)}
                done={() => undefined}
              />
            ) : (
              <path key={i} class="handle" d={dot(x, y)} />
            ),
          )}
        </g>
      )}
    </svg>
  );
}
