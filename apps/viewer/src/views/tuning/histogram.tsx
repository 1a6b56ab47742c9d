import { isReachable } from '@pyramid-mamba/model';
import { useRef } from 'preact/hooks';
import { useWidth } from '../../parts/grid/virtualRows.js';
import type { Calibration, Item } from '../../run/types.js';
import { moved, setThresholds, type Level } from '../../state/tuning.js';
import { binned, type Bins } from './bins.js';

const HEIGHT = 210;
const TOP = 30;
const BOTTOM = 22;
const LEFT = 34;
const RIGHT = 10;
/** Approximate pixels of a bar with its gap. */
const BAR = 14;

const LEVELS: readonly (readonly [which: Level, title: string])[] = [
  ['review', 'Review from'],
  ['reject', 'Reject from'],
];

/** The scores of good and defective pictures, with the two thresholds to drag. */
export function Histogram({
  className,
  items,
  calibration,
  largestScore,
}: {
  className: string;
  items: readonly Item[];
  calibration: Calibration;
  largestScore: number;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const width = Math.max(240, useWidth(frame));
  const inner = width - LEFT - RIGHT;
  // it holds every threshold seen so far, and does not shrink while a person drags: a threshold at the edge would hide that it lies beyond
  const extent = useRef<number[]>([]);
  const { review: from, reject: to } = calibration;
  extent.current = [Math.min(...extent.current, from, to), Math.max(...extent.current, from, to)];
  const also = [...calibration.scoreRange, ...extent.current].filter((score) =>
    isReachable(score, largestScore),
  );
  const bins = binned(items, also, Math.round(inner / BAR));
  const x = (score: number) => LEFT + (inner * (score - bins.low)) / (bins.high - bins.low);
  const inside = (score: number) => Math.min(width - RIGHT, Math.max(LEFT, x(score)));
  const [review, reject] = [inside(calibration.review), inside(calibration.reject)];
  const zones = [
    ['OK', LEFT, review],
    ['REVIEW', review, reject],
    ['NG', reject, width - RIGHT],
  ] as const;
  return (
    <div class="histogram" ref={frame}>
      <svg width={width} height={HEIGHT} role="group" aria-label={`Scores of ${className}`}>
        {zones.map(([name, from, to]) => (
          <g key={name} class={`zone verdict ${name}`} aria-hidden="true">
            <rect x={from} y={TOP} width={Math.max(0, to - from)} height={HEIGHT - TOP - BOTTOM} />
            {to - from > 52 && (
              <text x={(from + to) / 2} y={TOP + 14} text-anchor="middle">
                {name}
              </text>
            )}
          </g>
        ))}
        <Bars bins={bins} inner={inner} />
        <Axes bins={bins} x={x} width={width} />
        {LEVELS.map(([which, title]) => (
          <Handle
            key={which}
            title={title}
            which={which}
            at={inside(calibration[which])}
            value={calibration[which]}
            bins={bins}
            scoreAt={(pixel) => bins.low + ((pixel - LEFT) / inner) * (bins.high - bins.low)}
            onMove={(value) => setThresholds(className, moved(calibration, which, value))}
          />
        ))}
      </svg>
    </div>
  );
}

const KINDS = ['good', 'defective', 'unknown'] as const;

function Bars({ bins, inner }: { bins: Bins; inner: number }) {
  const part = inner / bins.good.length;
  const room = HEIGHT - TOP - BOTTOM - 20;
  const present = KINDS.filter((kind) => bins[kind].some((count) => count > 0));
  const bar = (part - 2) / Math.max(1, present.length);
  return (
    <g aria-hidden="true">
      {present.flatMap((kind, k) =>
        bins[kind].map((count, i) => {
          const height = (room * count) / bins.most;
          return count === 0 ? null : (
            <rect
              key={`${kind}${i}`}
              class={`bar-${kind}`}
              x={LEFT + i * part + 1 + k * bar}
              y={HEIGHT - BOTTOM - height}
              width={bar}
              height={height}
            />
          );
        }),
      )}
    </g>
  );
}

function Axes({ bins, x, width }: { bins: Bins; x: (score: number) => number; width: number }) {
  const room = HEIGHT - TOP - BOTTOM - 20;
  const counts = [0, bins.most];
  return (
    <g class="axes" aria-hidden="true">
      <line x1={LEFT} x2={width - RIGHT} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
      {counts.map((count) => (
        <text key={count} x={LEFT - 6} y={HEIGHT - BOTTOM - (room * count) / bins.most + 4} text-anchor="end">
          {count}
        </text>
      ))}
      {ticks(bins.low, bins.high, Math.max(2, Math.floor(width / 110))).map((score) => (
        <text key={score} x={x(score)} y={HEIGHT - 6} text-anchor="middle">
          {Number(score.toPrecision(4))}
        </text>
      ))}
    </g>
  );
}

/** Round numbers within low..high, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((one) => one * power >= raw) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return found;
}

function Handle({
  title,
  which,
  at,
  value,
  bins,
  scoreAt,
  onMove,
}: {
  title: string;
  which: Level;
  at: number;
  value: number;
  bins: Bins;
  scoreAt: (pixel: number) => number;
  onMove: (value: number) => void;
}) {
  const fine = (bins.high - bins.low) / 400;
  const steps: Record<string, number> = {
    ArrowRight: value + fine,
    ArrowUp: value + fine,
    ArrowLeft: value - fine,
    ArrowDown: value - fine,
    PageUp: value + fine * 10,
    PageDown: value - fine * 10,
    Home: bins.low,
    End: bins.high,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onMove(Math.min(bins.high, Math.max(bins.low, to)));
  };
  const onPointer = (event: PointerEvent) => {
    const handle = event.currentTarget as SVGGElement;
    if (event.type === 'pointerdown') handle.setPointerCapture(event.pointerId);
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const { left } = handle.ownerSVGElement!.getBoundingClientRect();
    onMove(Math.min(bins.high, Math.max(bins.low, scoreAt(event.clientX - left))));
  };
  // the two handles point to different sides, so that both can be grabbed if they coincide
  const side = which === 'review' ? -1 : 1;
  return (
    <g
      class={`handle ${which}`}
      role="slider"
      // lower case: SVG attributes are case-sensitive, and only this one puts the handle into the tab order
      tabindex={0}
      aria-label={`${title}, score`}
      aria-valuemin={bins.low}
      aria-valuemax={bins.high}
      aria-valuenow={value}
      aria-valuetext={value.toFixed(4)}
      transform={`translate(${at} 0)`}
      onKeyDown={onKeyDown}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
    >
      <rect class="grip" x={side < 0 ? -62 : 0} y={2} width={62} height={22} rx={4} />
      <text x={side * 31} y={17} text-anchor="middle">
        {which === 'review' ? 'review' : 'reject'}
      </text>
      <line y1={2} y2={HEIGHT - BOTTOM} />
      <rect class="catch" x={side < 0 ? -9 : 0} y={TOP} width={9} height={HEIGHT - TOP - BOTTOM} />
    </g>
  );
}
