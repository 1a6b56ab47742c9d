import { useEffect, useRef } from 'preact/hooks';
import '../../parts/language.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { losses } from '../../state/training.js';

const HEIGHT = 220;
/** Steps are whole: so are the distances between the axis's numbers. */
const WHOLE = [1, 2, 5]
  .flatMap((one) => [0, 1, 2, 3, 4, 5, 6].map((power) => one * 10 ** power))
  .sort((a, b) => a - b);

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The loss of each step, during training. */
export function Curve() {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const points = losses.value;
  useEffect(() => {
    const element = place.current!;
    // light-dark() is resolved by the element that uses it, which a canvas drawing is not
    const probe = document.createElement('span');
    element.append(probe);
    const resolved = (name: string) => {
      probe.style.color = color(name);
      return getComputedStyle(probe).color;
    };
    const [text, line, accent] = ['--muted', '--line', '--accent'].map(resolved) as [string, string, string];
    probe.remove();
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false }, y: { distr: 3, log: 10 } },
        axes: [
          { ...axis, label: 'step', labelSize: 20, incrs: WHOLE },
          { ...axis, size: 60, label: 'loss', labelSize: 20 },
        ],
        series: [{ label: 'step' }, { label: 'loss', stroke: accent, width: 2, points: { show: false } }],
        legend: { show: false },
      },
      [[], []],
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => {
    plot.current?.setData([points.map(([step]) => step), points.map(([, loss]) => loss)]);
  }, [points]);
  const last = points.at(-1);
  return (
    <div
      ref={place}
      class="curve"
      role="img"
      aria-label={last ? `Loss by step: ${last[1].toFixed(4)} at step ${last[0]}` : 'Loss by step: none yet'}
    />
  );
}
