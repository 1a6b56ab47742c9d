const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Stroked as a round point. Not of zero length: WebKit would scale such a one with the picture. */
export const dot = (x: number, y: number): string => `M${x * 100} ${y * 100}h0.001`;

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
export function Corner({ label, x, y, place, move, remove, done }: CornerProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step) {
      const far = event.shiftKey ? 0.05 : 0.01;
      move([x + step[0] * far, y + step[1] * far]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') remove();
    else return;
    event.preventDefault();
    // what is around it has keys of its own
    event.stopPropagation();
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
