import type { Region } from '@pyramid-mamba/metrics';
import { areas, judgeAgain } from '../../../state/live/live.js';
import { Corner } from './corner.js';
import { moveCorner, removeCorner, type AreaKind } from './editing.js';
import { points, Sheet } from './sheet.js';

const TITLES: Record<AreaKind, string> = { use: 'Only here', ignore: 'Not here' };

/** Over the picture: the model's regions and the user's areas. */
export function AreaEditor({
  width,
  height,
  regions,
}: {
  width: number;
  height: number;
  regions: readonly Region[];
}) {
  return (
    <Sheet label="Areas that count">
      {(place) => (
        <>
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
        </>
      )}
    </Sheet>
  );
}
