import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { within, zoomed } from '../../picture/viewport.js';
import type { Size } from '../../run/types.js';
import { probe, viewport, WHOLE } from '../../state/look.js';

/** Fraction of the view that a key moves the picture by. */
const KEY_STEP = 0.1;
/** Fraction of the view that a key moves the read-out by. */
const PROBE_STEP = 1 / 128;
const ZOOM_KEY = 1.25;

/**
 * Moves and zooms the viewport with mouse, wheel, fingers and keys over `area`, where the picture at zoom 1 is centred and has
 * `size`, in pixels of the screen; reads out the point under the pointer.
 */
export function usePointing(area: RefObject<HTMLElement | null>, size: Size): void {
  const sizeNow = useRef(size);
  sizeNow.current = size;
  useEffect(() => {
    const element = area.current!;
    const fingers = new Map<number, { x: number; y: number }>();

    /** The picture's point under a point of the screen, in fractions; may be outside. */
    const placeOf = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const { zoom, x, y } = viewport.value;
      const of = sizeNow.current;
      return {
        x: x + (clientX - left - width / 2) / (of.width * zoom),
        y: y + (clientY - top - height / 2) / (of.height * zoom),
      };
    };
    const readOut = (event: PointerEvent) => {
      const { x, y } = placeOf(event);
      probe.value = x >= 0 && y >= 0 && x < 1 && y < 1 ? { x, y } : null;
    };
    const move = (dx: number, dy: number) => {
      const { zoom, x, y } = viewport.value;
      const of = sizeNow.current;
      viewport.value = within({ zoom, x: x - dx / (of.width * zoom), y: y - dy / (of.height * zoom) });
    };

    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = placeOf(event);
      viewport.value = zoomed(
        viewport.value,
        Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)),
        x,
        y,
      );
    };
    const onPointerDown = (event: PointerEvent) => {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      element.setPointerCapture(event.pointerId);
    };
    const onPointerMove = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (before) {
        const now = { x: event.clientX, y: event.clientY };
        const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        if (other) {
          const apart = (at: typeof now) => Math.hypot(at.x - other.x, at.y - other.y);
          const centre = placeOf({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
          viewport.value = zoomed(
            viewport.value,
            apart(now) / Math.max(1, apart(before)),
            centre.x,
            centre.y,
          );
          move((now.x - before.x) / 2, (now.y - before.y) / 2);
        } else {
          move(now.x - before.x, now.y - before.y);
        }
        fingers.set(event.pointerId, now);
      }
      readOut(event);
    };
    const onPointerEnd = (event: PointerEvent) => void fingers.delete(event.pointerId);
    const onPointerLeave = (event: PointerEvent) => {
      if (event.pointerType === 'mouse' && fingers.size === 0) probe.value = null;
    };
    const onDoubleClick = (event: MouseEvent) => {
      const { x, y } = placeOf(event);
      viewport.value = viewport.value.zoom > 1 ? WHOLE : zoomed(viewport.value, 4, x, y);
    };
    const arrows: Record<string, [dx: number, dy: number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const arrow = arrows[event.key];
      const now = viewport.value;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (arrow && event.shiftKey) {
        const [dx, dy] = arrow;
        viewport.value = within({
          zoom: now.zoom,
          x: now.x + (dx * KEY_STEP) / now.zoom,
          y: now.y + (dy * KEY_STEP) / now.zoom,
        });
      } else if (arrow) {
        const from = probe.value ?? { x: now.x, y: now.y };
        const along = (at: number, by: number) =>
          Math.min(1 - 1e-9, Math.max(0, at + (by * PROBE_STEP) / Math.min(now.zoom, 4)));
        probe.value = { x: along(from.x, arrow[0]), y: along(from.y, arrow[1]) };
      } else if (event.key === '+' || event.key === '=') {
        viewport.value = zoomed(now, ZOOM_KEY, probe.value?.x, probe.value?.y);
      } else if (event.key === '-') viewport.value = zoomed(now, 1 / ZOOM_KEY);
      else if (event.key === '0') viewport.value = WHOLE;
      else return;
      event.preventDefault();
    };

    const done = new AbortController();
    const listen = { signal: done.signal };
    element.addEventListener('wheel', onWheel, { ...listen, passive: false });
    element.addEventListener('pointerdown', onPointerDown, listen);
    element.addEventListener('pointermove', onPointerMove, listen);
    element.addEventListener('pointerup', onPointerEnd, listen);
    element.addEventListener('pointercancel', onPointerEnd, listen);
    element.addEventListener('pointerleave', onPointerLeave, listen);
    element.addEventListener('dblclick', onDoubleClick, listen);
    element.addEventListener('keydown', onKeyDown, listen);
    return () => done.abort();
  }, []);
}
