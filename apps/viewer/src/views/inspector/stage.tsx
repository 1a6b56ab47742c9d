import { ownValue } from '@pyramid-mamba/metrics';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLoaded } from '../../parts/useLoaded.js';
import { colorTable } from '../../picture/colorMaps.js';
import { contourPath } from '../../picture/contour.js';
import { bitmapOf, maskOf } from '../../picture/decoded.js';
import { heatPixels } from '../../picture/heat.js';
import { levelMap, mapsOf } from '../../picture/maps.js';
import { readPicture } from '../../run/readPicture.js';
import type { Item, OpenRun, Size } from '../../run/types.js';
import { colorMap, layers, level, opacity, probe, viewport } from '../../state/look.js';
import { labelNow } from '../../state/project/labels.js';
import { Sheet } from '../live/areas/sheet.js';
import { cutOf, regionsOf } from './regionsOf.js';
import { usePointing } from './pointing.js';

/** From this zoom on single pixels are shown as squares. */
const SQUARES_FROM = 6;

/**
 * A picture with its heat map and lines over it, with zoom and pan. All stages move together. `review` is the drawn
 * threshold.
 */
export function Stage({
  run,
  item,
  title,
  review,
  marked = false,
}: {
  run: OpenRun;
  item: Item;
  title: string;
  review: number | undefined;
  /** Whether it shows where a person said that the picture is defective, and takes what is drawn. */
  marked?: boolean;
}) {
  const { size } = item;
  const area = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useBox(area);
  // pixels of the screen per pixel of the picture at zoom 1
  const scale = Math.min(box.width / size.width, box.height / size.height);
  const sheet = { width: size.width * scale, height: size.height * scale };
  usePointing(area, sheet);

  const picture = useLoaded(async () => bitmapOf(await readPicture(await item.image()), item.file), [item]);
  const maps = useLoaded(() => mapsOf(run, item), [run, item]);
  const mask = useLoaded(async () => {
    const file = await item.mask();
    return file && maskOf(file, size, `the mask of ${item.file}`);
  }, [item]);

  const on = layers.value;
  const chosen = level.value;
  const shownMap = useMemo(
    () => maps.value && (chosen === 'all' ? maps.value.map : levelMap(maps.value, chosen, run.input, size)),
    [maps.value, chosen, size],
  );
  const low = ownValue(run.scale.low, item.className) ?? 0;
  const colors = colorTable(colorMap.value);
  const opaque = opacity.value;

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, size.width, size.height);
    if (on.picture && picture.value) context.drawImage(picture.value, 0, 0);
    if (!on.heat || !shownMap) return;
    const colorScale = { low, high: low + run.scale.span };
    const heat = new OffscreenCanvas(size.width, size.height);
    const pixels = heatPixels(shownMap, colorScale, colors, opaque, !on.picture);
    heat.getContext('2d')!.putImageData(new ImageData(pixels, size.width, size.height), 0, 0);
    context.drawImage(heat, 0, 0);
  }, [picture.value, shownMap, on.picture, on.heat, colors, opaque, size, low]);

  const { zoom, x, y } = viewport.value;
  const fault = picture.fault ?? maps.fault ?? mask.fault;
  const place = probe.value;
  return (
    <figure class="stage-figure">
      <figcaption class="out-of-sight">{title}</figcaption>
      <div
        class="stage"
        ref={area}
        tabIndex={0}
        role="group"
        aria-roledescription="picture to zoom and move"
        aria-label={`${title}. Arrow keys move the read-out, with Shift the picture; plus and minus zoom, 0 shows all.`}
      >
        <div
          class="sheet"
          style={{
            '--zoom': zoom,
            width: `${sheet.width}px`,
            height: `${sheet.height}px`,
            transform: `translate(${box.width / 2 - x * sheet.width * zoom}px, ${box.height / 2 - y * sheet.height * zoom}px) scale(${zoom})`,
          }}
        >
          <canvas
            ref={canvas}
            width={size.width}
            height={size.height}
            role="img"
            aria-label={`${item.file}${on.heat && maps.value ? ', heat map over it' : ''}`}
            class={zoom * scale >= SQUARES_FROM ? 'squares' : ''}
          />
          <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
            {on.mask && mask.value && <Line class="truth" map={mask.value} size={size} threshold={0.5} />}
            {on.contour && maps.value && review !== undefined && (
              <Line
                class="contour"
                map={maps.value.map}
                size={size}
                threshold={cutOf(maps.value, item, review)}
              />
            )}
            {on.regions &&
              maps.value &&
              regionsOf(maps.value, item, review).map(({ box: [left, top, width, height] }, i) => (
                <rect key={i} class="region" x={left} y={top} width={width} height={height} />
              ))}
            {place && (
              <path
                class="probe"
                d={cross(
                  Math.floor(place.x * size.width) + 0.5,
                  Math.floor(place.y * size.height) + 0.5,
                  Math.min(size.width, size.height) / 40 / zoom,
                )}
              />
            )}
          </svg>
          {marked && labelNow(item.id)?.is === 'defective' && <Sheet label="Where it is defective" />}
        </div>
        {fault && <p class="stage-fault">{fault}</p>}
        {maps.value === null && !fault && <p class="stage-fault">The run has no map of this picture.</p>}
      </div>
    </figure>
  );
}

const cross = (x: number, y: number, arm: number) => `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;

/** The contour of a map at a threshold, computed once per map and threshold. */
function Line(props: { class: string; map: ArrayLike<number>; size: Size; threshold: number }) {
  const { map, size, threshold } = props;
  const traced = useRef<{ map: ArrayLike<number>; threshold: number; path: string }>(undefined);
  if (traced.current?.map !== map || traced.current.threshold !== threshold) {
    traced.current = { map, threshold, path: contourPath(map, size, threshold) };
  }
  const { path } = traced.current;
  return (
    <>
      <path class="halo" d={path} />
      <path class={props.class} d={path} />
    </>
  );
}

function useBox(element: { readonly current: HTMLElement | null }): { width: number; height: number } {
  const [box, setBox] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setBox({ width, height });
    });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return box;
}
