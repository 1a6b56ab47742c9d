import { useRef } from 'preact/hooks';
import type { Region } from '@pyramid-mamba/metrics';
import type { Polygon } from '@pyramid-mamba/inspect';
import { areas, judgeAgain } from '../../../state/live/live.js';
import { labelNow, shownId } from '../../../state/project/labels.js';
import {
  addCorner,
  changeDrawn,
  closeDrawing,
  drawing,
  moveCorner,
  removeCorner,
  type AreaKind,
} from './editing.js';

const TITLES: Record<AreaKind, string> = { use: 'Only here', ignore: 'Not here' };
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const points = (polygon: Polygon) => polygon.map(([x, y]) => `${x * 100},${y * 100}`).join(' ');

/** Stroked as a round point. Not of zero length: WebKit would scale such a one with the picture. */
const dot = (x: number, y: number) => `M${x * 100} ${y * 100}h0.001`;

/** Over the picture, in hundredths of its sides: the model's regions, where a person said that it is defective, and the user's areas. */
export function AreaEditor({
  width,
  height,
  regions,
}: {
  width: number;
  height: number;
  regions: readonly Region[];
}) {
  const svg = useRef<SVGSVGElement>(null);
  const drawn = drawing.value;
  const label = labelNow(shownId.value);
  const place = (event: PointerEvent): [number, number] => {
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
      aria-label="Areas that count"
      onPointerDown={(event) => drawn && addCorner(...place(event))}
      onDblClick={() => drawn && closeDrawing()}
    >
      {regions.map(({ box: [x, y, w, h] }, i) => (
        <rect
          key={i}
          class="region"
          x={(x / width) * 100}
          y={(y / height) * 100}
          width={(w / width) * 100}
          height={(h / height) * 100}
        />
      ))}
      {label?.is === 'defective' &&
        label.regions.map((polygon, i) => (
          <polygon key={`defect${i}`} class="defect" points={points(polygon)} />
        ))}
      {(['use', 'ignore'] as const).flatMap((kind) =>
        areas.value[kind].map((polygon, i) => (
          <g key={`${kind}${i}`} class={`area ${kind}`}>
            <polygon points={points(polygon)} />
            {polygon.map(([x, y], corner) => (
              <Corner
                key={corner}
                label={`${TITLES[kind]} ${i + 1}, corner ${corner + 1}`}
                x={x}
                y={y}
                place={place}
                move={(to) => moveCorner(kind, i, corner, ...to)}
                remove={() => removeCorner(kind, i, corner)}
                done={() => void judgeAgain()}
              />
            ))}
          </g>
        )),
      )}
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

interface CornerProps {
  label: string;
  x: number;
  y: number;
  place: (event: PointerEvent) => [number, number];
  move: (to: [number, number]) => void;
  remove: () => void;
  /** Called at the end of a move, and after each key. */
  done: () => void;
}

/** A corner that is dragged, or moved by the arrow keys when focused. A stroked point stays round at any aspect ratio. */
function Corner({ label, x, y, place, move, remove, done }: CornerProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step) {
      const far = event.shiftKey ? 0.05 : 0.01;
      move([x + step[0] * far, y + step[1] * far]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') remove();
    else return;
    event.preventDefault();
    done();
  };
  return (
    <path
      class="handle"
      d={dot(x, y)}
      tabindex={0}
      role="button"
      aria-label={`${label}, at ${Math.round(x * 100)} % by ${Math.round(y * 100)} %`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.stopPropagation();
        (event.currentTarget as SVGPathElement).setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if ((event.currentTarget as SVGPathElement).hasPointerCapture(event.pointerId)) move(place(event));
      }}
      onPointerUp={done}
    />
  );
}
