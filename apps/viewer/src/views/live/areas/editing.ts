import { effect, signal } from '@preact/signals';
import type { Areas, Polygon } from '@pyramid-mamba/inspect';
import { areas, judgeAgain } from '../../../state/live/live.js';
import { addRegion, shownId } from '../../../state/project/labels.js';

export type AreaKind = keyof Areas;

/** What is being drawn: an area that counts or does not, or where the shown picture has a defect. */
export type Drawing = { readonly corners: Polygon } & (
  | { readonly kind: AreaKind }
  | { readonly kind: 'defect'; readonly picture: string }
);
/** The corners of the area being drawn; null if none is. */
export const drawing = signal<Drawing | null>(null);

/** Begins to draw where the shown picture has a defect; with `rectangle` from one in the middle, whose corners move by keys. */
export function drawDefect(rectangle: boolean): void {
  const picture = shownId.peek();
  if (picture !== undefined) drawing.value = { kind: 'defect', picture, corners: rectangle ? MIDDLE : [] };
}

// a defect is one of the picture that it was drawn on
effect(() => {
  const now = drawing.value;
  if (now?.kind === 'defect' && now.picture !== shownId.value) drawing.value = null;
});

const within = (value: number) => Math.min(1, Math.max(0, value));

/** Replaces the i-th area of its kind; null removes it, an index past the end adds it. */
export function setArea(kind: AreaKind, i: number, polygon: Polygon | null): void {
  const list = [...areas.value[kind]];
  if (polygon) list[i] = polygon;
  else list.splice(i, 1);
  areas.value = { ...areas.value, [kind]: list };
}

const MIDDLE: Polygon = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.75, 0.75],
  [0.25, 0.75],
];

/** Adds a rectangle in the middle, with corners that move by pointer or keys. */
export function addRectangle(kind: AreaKind): void {
  setArea(kind, areas.value[kind].length, MIDDLE);
  void judgeAgain();
}

/** Adds a corner to the area being drawn. */
export function addCorner(x: number, y: number): void {
  if (drawing.value) {
    const { corners } = drawing.value;
    drawing.value = { ...drawing.value, corners: [...corners, [within(x), within(y)]] };
  }
}

/** Moves a corner of what is being drawn; null removes it. */
export function changeDrawn(corner: number, to: readonly [number, number] | null): void {
  const now = drawing.value;
  if (!now) return;
  const moved = to && ([within(to[0]), within(to[1])] as const);
  const corners = now.corners.flatMap((point, i) => (i !== corner ? [point] : moved ? [moved] : []));
  drawing.value = { ...now, corners };
}

/** Ends drawing; an area of fewer than three corners is dropped. */
export function closeDrawing(): void {
  const drawn = drawing.value;
  drawing.value = null;
  if (!drawn || drawn.corners.length < 3) return;
  if (drawn.kind === 'defect') {
    void addRegion(
      drawn.picture,
      drawn.corners.map(([x, y]): [number, number] => [x, y]),
    );
    return;
  }
  setArea(drawn.kind, areas.value[drawn.kind].length, drawn.corners);
  void judgeAgain();
}

/** Moves a corner. */
export function moveCorner(kind: AreaKind, i: number, corner: number, x: number, y: number): void {
  const polygon = areas.value[kind][i];
  if (!polygon) return;
  setArea(
    kind,
    i,
    polygon.map((point, at) => (at === corner ? ([within(x), within(y)] as const) : point)),
  );
}

/** Removes a corner; removes the area if only three are left. */
export function removeCorner(kind: AreaKind, i: number, corner: number): void {
  const polygon = areas.value[kind][i];
  if (polygon) setArea(kind, i, polygon.length > 3 ? polygon.filter((_, at) => at !== corner) : null);
}
