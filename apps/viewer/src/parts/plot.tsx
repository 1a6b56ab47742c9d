import { useEffect, useRef } from 'preact/hooks';
import './language.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface PlotLine {
  readonly title: string;
  /** A colour variable of the page. */
  readonly color: string;
  /** x ascending. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface PlotMark {
  readonly title: string;
  readonly color: string;
  readonly x: number;
  readonly y: number;
}

/** A curve with marked points. `label` is its text alternative. */
export function Plot({
  label,
  line,
  marks,
  x,
  y,
  xMax = 1,
}: {
  label: string;
  line: PlotLine;
  marks: readonly PlotMark[];
  x: string;
  y: string;
  xMax?: number;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const marksNow = useRef(marks);
  marksNow.current = marks;

  useEffect(() => {
    const element = frame.current!;
    const colorOf = (name: string) => resolved(element, name);
    const axis = (title: string): uPlot.Axis => ({
      label: title,
      stroke: () => colorOf('--muted'),
      grid: { stroke: () => colorOf('--line'), width: 0.5 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
      labelFont: '12px system-ui, sans-serif',
      labelSize: 18,
      size: 34,
    });
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: [0, xMax] }, y: { range: [0, 1.02] } },
        axes: [axis(x), axis(y)],
        series: [{}, { stroke: () => colorOf(line.color), width: 2, points: { show: line.x.length < 2 } }],
        hooks: {
          draw: [
            (u) => {
              for (const mark of marksNow.current) drawMark(u, mark, colorOf);
            },
          ],
        },
      },
      [Float64Array.from(line.x), Float64Array.from(line.y)] as unknown as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const onScheme = () => made.redraw(false, true);
    scheme.addEventListener('change', onScheme);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', onScheme);
      made.destroy();
    };
  }, [line, x, y, xMax]);

  useEffect(() => plot.current?.redraw(false, false), [marks]);

  return <div class="plot" ref={frame} role="img" aria-label={label} />;
}

/** The value of a colour variable at `element`. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

function drawMark(u: uPlot, { x, y, color }: PlotMark, colorOf: (name: string) => string): void {
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.arc(u.valToPos(x, 'x', true), u.valToPos(y, 'y', true), 5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fillStyle = colorOf(color);
  ctx.strokeStyle = colorOf('--ground');
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}
