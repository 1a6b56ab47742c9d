import { visible } from '../text/visible.js';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { CustomSeriesOption } from 'echarts/charts';
import type { EChartsCoreOption } from 'echarts/core';

echarts.use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

/** A gray that is readable on white and on black. */
const INK = '#7b8494';
const GOOD = '#3a8dde';
const BAD = '#e07a3f';
const SERIES = ['#3a8dde', '#e07a3f', '#37a26b', '#a26bd8', '#c9a227', '#d1577f', '#5aa9a3', '#8c7355'];

export interface Line {
  name: string;
  /** (x, y) */
  points: readonly (readonly [number, number])[];
}

export interface Axes {
  x: string;
  y: string;
  /** Maximum of x; default from the data. */
  xMax?: number;
  yMax?: number;
  logY?: boolean;
}

const INVISIBLE = '\u200b';

/**
 * ECharts keeps texts as keys of plain objects, and a text `__proto__` then changes every object of the process. An invisible
 * character makes it a text like others.
 */
function safeTexts<T>(value: T): T {
  if (typeof value === 'string') return (value in Object.prototype ? INVISIBLE + value : value) as T;
  if (Array.isArray(value)) return value.map(safeTexts) as T;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, safeTexts(inner)])) as T;
}

function svg(option: EChartsCoreOption, width: number, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      color: SERIES,
      ...safeTexts(option),
    });
    return visible(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

const axis = (name: string, more: object) => ({
  name,
  nameLocation: 'middle',
  nameGap: 26,
  nameTextStyle: { color: INK },
  axisLabel: { color: INK, hideOverlap: true },
  axisLine: { lineStyle: { color: INK } },
  splitLine: { lineStyle: { color: INK, opacity: 0.25 } },
  ...more,
});

/** Lines over common axes, as SVG. */
export function lineChart(
  title: string,
  lines: readonly Line[],
  axes: Axes,
  width = 380,
  height = 300,
): string {
  return svg(
    {
      title: { text: title, left: 'center', textStyle: { color: INK, fontSize: 14 } },
      legend: { show: lines.length > 1, bottom: 0, textStyle: { color: INK }, itemWidth: 14, type: 'plain' },
      grid: {
        left: 56,
        right: 18,
        top: 44,
        bottom: lines.length > 1 ? 46 + 20 * Math.ceil(lines.length / 4) : 46,
      },
      xAxis: axis(axes.x, { type: 'value', min: 0, ...(axes.xMax === undefined ? {} : { max: axes.xMax }) }),
      yAxis: axis(axes.y, {
        type: axes.logY ? 'log' : 'value',
        nameGap: 38,
        ...(axes.yMax === undefined ? {} : { max: axes.yMax }),
        ...(axes.logY ? {} : { min: 0 }),
      }),
      series: lines.map(({ name, points }) => ({
        name,
        type: 'line',
        showSymbol: points.length === 1,
        lineStyle: { width: 1.8 },
        data: points,
      })),
    },
    width,
    height,
  );
}

/** Points of several series over common axes that begin where the points do, as SVG. */
export function scatterChart(title: string, series: readonly Line[], axes: Pick<Axes, 'x' | 'y'>): string {
  return svg(
    {
      backgroundColor: '#fff',
      title: { text: title, left: 'center', textStyle: { color: INK, fontSize: 14 } },
      legend: { bottom: 0, textStyle: { color: INK }, type: 'plain' },
      grid: { left: 64, right: 24, top: 44, bottom: 56 + 20 * Math.ceil(series.length / 3) },
      xAxis: axis(axes.x, { type: 'value', min: 0 }),
      yAxis: axis(axes.y, { type: 'value', nameGap: 40, scale: true }),
      series: series.map(({ name, points }) => ({ name, type: 'scatter', symbolSize: 9, data: points })),
    },
    640,
    440,
  );
}

const BINS = 30;

const LABEL = { formatter: '{b}', color: INK };
/** Two names stand on the outer sides of their lines, however near these are. */
const beside = (i: number, count: number) =>
  count < 2
    ? {}
    : i === 0
      ? { align: 'right', padding: [0, 3, 0, 0] }
      : { align: 'left', padding: [0, 0, 0, 3] };

/** A histogram of the scores of good and defective pictures, with lines at the thresholds, as SVG. */
export function scoreHistogram(
  title: string,
  good: readonly number[],
  bad: readonly number[],
  thresholds: Readonly<Record<string, number>>,
): string {
  const all = [...good, ...bad, ...Object.values(thresholds)];
  const low = all.reduce((least, score) => Math.min(least, score), Infinity);
  const width = (all.reduce((most, score) => Math.max(most, score), -Infinity) - low) / BINS || 1;
  const count = (scores: readonly number[]) => {
    const bins = Array.from({ length: BINS }, () => 0);
    for (const score of scores) bins[Math.min(BINS - 1, Math.floor((score - low) / width))]!++;
    return bins.map((n, i) => [low + (i + 0.5) * width, n]);
  };
  const bars = (name: string, scores: readonly number[], color: string) => ({
    name,
    type: 'bar',
    barWidth: 9,
    barGap: '-100%',
    itemStyle: { color, opacity: 0.7 },
    data: count(scores),
  });
  // two labels at one position would overlap
  const places = [...new Set(Object.values(thresholds))];
  const lines = places.map((xAxis) => ({
    name: Object.keys(thresholds)
      .filter((name) => thresholds[name] === xAxis)
      .join(' = '),
    xAxis,
  }));
  lines.sort((a, b) => a.xAxis - b.xAxis);
  return svg(
    {
      title: { text: title, left: 'center', textStyle: { color: INK, fontSize: 14 } },
      legend: {
        bottom: 0,
        textStyle: { color: INK },
        data: bad.length > 0 ? ['good', 'defective'] : ['good'],
      },
      grid: { left: 48, right: 44, top: 58, bottom: 66 },
      xAxis: axis('score', {
        type: 'value',
        min: low,
        max: low + BINS * width,
        axisLabel: { color: INK, hideOverlap: true, formatter: (v: number) => v.toFixed(3) },
      }),
      yAxis: axis('pictures', { type: 'value', minInterval: 1 }),
      series: [
        {
          ...bars('good', good, GOOD),
          markLine: {
            symbol: 'none',
            silent: true,
            // other coordinates are rounded to two digits
            precision: 12,
            lineStyle: { color: INK, type: 'dashed' },
            data: lines.map((line, i) => ({ ...line, label: { ...LABEL, ...beside(i, lines.length) } })),
          },
        },
        ...(bad.length > 0 ? [bars('defective', bad, BAD)] : []),
      ],
    },
    380,
    300,
  );
}

/** A bar's height and the length of its whisker; null if undefined. */
export type Bar = { mean: number; std: number } | null;

/** Bars side by side in groups. */
export interface BarChartData {
  title: string;
  groups: readonly string[];
  /** Each has a bar for every group. */
  series: readonly { name: string; bars: readonly Bar[] }[];
}

const PANEL = 260;
/** Fraction of a group's width for its bars, without space between them. */
const FILLED = 0.75;

/** Bar charts one above the other with common groups, bars of the same name in one colour, each from just below its lowest bar; as SVG. */
export function barCharts(charts: readonly BarChartData[]): string {
  const groups = charts[0]?.groups.length ?? 0;
  const bars = charts[0]?.series.length ?? 0;
  return svg(
    {
      backgroundColor: '#fff',
      legend: { top: 0, textStyle: { color: INK }, data: charts[0]?.series.map(({ name }) => name) ?? [] },
      title: charts.map(({ title }, i) => ({
        text: title,
        left: 'center',
        top: 34 + i * PANEL,
        textStyle: { color: INK, fontSize: 14 },
      })),
      grid: charts.map((_, i) => ({ left: 56, right: 20, top: 64 + i * PANEL, height: PANEL - 96 })),
      xAxis: charts.map(({ groups: data }, gridIndex) => ({
        gridIndex,
        type: 'category',
        data,
        axisLabel: { color: INK, interval: 0, rotate: groups > 8 ? 30 : 0 },
      })),
      yAxis: charts.map(({ series }, gridIndex) => ({
        ...axis('', {}),
        gridIndex,
        type: 'value',
        min: floorOf(series.flatMap((one) => one.bars)),
      })),
      series: charts.flatMap(({ series }, i) =>
        series.flatMap(({ name, bars: values }, rank) => [
          {
            name,
            type: 'bar',
            xAxisIndex: i,
            yAxisIndex: i,
            barGap: 0,
            barCategoryGap: `${(1 - FILLED) * 100}%`,
            itemStyle: { color: SERIES[rank % SERIES.length] },
            data: values.map((bar) => bar?.mean ?? '-'),
          },
          {
            type: 'custom',
            xAxisIndex: i,
            yAxisIndex: i,
            z: 5,
            renderItem: whisker((rank + 0.5) / bars - 0.5),
            data: values.flatMap((bar, group) =>
              bar && bar.std > 0 ? [[group, bar.mean - bar.std, bar.mean + bar.std]] : [],
            ),
          },
        ]),
      ),
    },
    Math.max(560, 120 + groups * (24 + 26 * bars)),
    44 + PANEL * charts.length,
  );
}

/** A value slightly below the lowest bar: from 0 on, differences between high bars would be invisible. */
function floorOf(bars: readonly Bar[]): number {
  const lowest = Math.min(...bars.flatMap((bar) => (bar ? [bar.mean - bar.std] : [])));
  return Number.isFinite(lowest) ? Math.max(0, Math.floor(lowest / 5 - 1) * 5) : 0;
}

/** A vertical line from one value to another, `offset` of the bars' common width beside the middle of its group. */
function whisker(offset: number): CustomSeriesOption['renderItem'] {
  return (_, api) => {
    const [low, high] = [1, 2].map((dimension) => api.coord([api.value(0), api.value(dimension)]));
    const [width = 0] = api.size!([1, 0]) as number[];
    const x = low![0]! + offset * FILLED * width;
    return {
      type: 'line',
      shape: { x1: x, y1: low![1]!, x2: x, y2: high![1]! },
      style: { stroke: '#222', lineWidth: 1.5 },
    };
  };
}
