import { signal } from '@preact/signals';
import type { Areas, Polygon } from '@pyramid-mamba/inspect';
import { areas, judgeAgain } from '../../state/live/live.js';

export type AreaKind = keyof Areas;

/** The corners of the area being drawn; null if none is. */
export const drawing = signal<{ kind: AreaKind; corners: Polygon } | null>(null);

const within = (value: number) => Math.min(1, Math.max(0, value));

/** Replaces the i-th area of its kind; null removes it, an index past the end adds it. */
export function setArea(kind: AreaKind, i: number, polygon: Polygon | null): void {
  const list = [...areas.value[kind]];
  if (polygon) list[i] = polygon;
  else list.splice(i, 1);
  areas.value = { ...areas.value, [kind]: list };
}

/** Adds a rectangle in the middle, with corners that move by pointer or keys. */
export function addRectangle(kind: AreaKind): void {
  const rectangle: Polygon = [
    [0.25, 0.25],
    [0.75, 0.25],
    [0.75, 0.75],
    [0.25, 0.75],
  ];
  setArea(kind, areas.value[kind].length, rectangle);
  void judgeAgain();
}

/** Adds a corner to the area being drawn. */
export function addCorner(x: number, y: number): void {
  if (drawing.value) {
    const { kind, corners } = drawing.value;
    drawing.value = { kind, corners: [...corners, [within(x), within(y)]] };
  }
}

/** Ends drawing; an area of fewer than three corners is dropped. */
export function closeDrawing(): void {
  const drawn = drawing.value;
  drawing.value = null;
  if (!drawn || drawn.corners.length < 3) return;
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
