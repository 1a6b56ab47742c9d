import { ownValue } from '@pyramid-mamba/metrics';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { COLOR_MAPS, colorTable } from '../../picture/colorMaps.js';
import { zoomed } from '../../picture/viewport.js';
import type { LevelMap, OpenRun } from '../../run/types.js';
import { colorMap, layers, level, opacity, viewport, WHOLE, type Layer } from '../../state/look.js';

const LAYERS: readonly (readonly [layer: Layer, title: string])[] = [
  ['picture', 'picture'],
  ['heat', 'heat map'],
  ['mask', 'true defect'],
  ['contour', 'threshold'],
  ['regions', 'regions'],
];

/** The display controls. */
export function Controls({
  run,
  className,
  levels,
}: {
  run: OpenRun;
  className: string;
  levels: readonly LevelMap[];
}) {
  const { zoom } = viewport.value;
  return (
    <>
      <div class="zoom" role="group" aria-label="Zoom">
        <button
          type="button"
          aria-label="Zoom out"
          onClick={() => (viewport.value = zoomed(viewport.value, 1 / 1.5))}
        >
          −
        </button>
        <output aria-label="Zoom factor">{Math.round(zoom * 100)} %</output>
        <button
          type="button"
          aria-label="Zoom in"
          onClick={() => (viewport.value = zoomed(viewport.value, 1.5))}
        >
          +
        </button>
        <button type="button" disabled={zoom === 1} onClick={() => (viewport.value = WHOLE)}>
          Whole picture
        </button>
      </div>
      <fieldset class="layers">
        <legend>Show</legend>
        {LAYERS.map(([layer, title]) => (
          <label key={layer}>
            <input
              type="checkbox"
              checked={layers.value[layer]}
              onChange={(event) => (layers.value = { ...layers.value, [layer]: event.currentTarget.checked })}
            />
            <span class={`swatch ${layer}`} aria-hidden="true" />
            {title}
          </label>
        ))}
      </fieldset>
      <div class="looks">
        <label class="choice">
          <span>Opacity {Math.round(opacity.value * 100)} %</span>
          <input
            type="range"
            min="0"
            max="1"
            step="0.05"
            aria-label="Opacity of the heat map"
            value={opacity.value}
            onInput={(event) => (opacity.value = Number(event.currentTarget.value))}
          />
        </label>
        <Choice
          label="Colours"
          value={colorMap.value}
          options={COLOR_MAPS.map((name) => [name, name] as const)}
          onChange={(name) => (colorMap.value = name)}
        />
        <Choice
          label="Map"
          value={String(level.value)}
          options={[
            ['all', 'all levels, smoothed'],
            ...levels.map(
              ({ width, height }, i) => [String(i), `level ${i + 1}: ${width}×${height}`] as const,
            ),
          ]}
          onChange={(value) => (level.value = value === 'all' ? 'all' : Number(value))}
        />
      </div>
      <Legend low={ownValue(run.scale.low, className) ?? 0} span={run.scale.span} />
    </>
  );
}

/** The colour scale of the scores: the same for all pictures of a class in the run. */
function Legend({ low, span }: { low: number; span: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const table = colorTable(colorMap.value);
  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const pixels = new ImageData(256, 1);
    for (let i = 0; i < 256; i++) {
      pixels.data.set(table.subarray(i * 3, i * 3 + 3), i * 4);
      pixels.data[i * 4 + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }, [table]);
  return (
    <div class="legend" title="One scale for all pictures of the class; never stretched to a picture">
      <span>{low.toFixed(3)}</span>
      <canvas
        ref={canvas}
        width={256}
        height={1}
        role="img"
        aria-label={`Colours from score ${low.toFixed(3)} to ${(low + span).toFixed(3)}`}
      />
      <span>{(low + span).toFixed(3)}</span>
    </div>
  );
}
