import uPlot from 'uplot';
import type { PlotSeries } from './Plot.svelte';

interface PlotLook {
  readonly series: readonly PlotSeries[];
  readonly least: number;
  readonly stepped: boolean;
  readonly formatValue: (value: number) => string;
  readonly formatTime: (at: number) => string;
  readonly size: { readonly width: number; readonly height: number };
  readonly colours: {
    readonly series: readonly string[];
    readonly text: string;
    readonly grid: string;
    readonly font: string;
  };
  readonly onPoint: (at: number | null) => void;
}

const dashes: Readonly<Record<PlotSeries['line'], number[]>> = { solid: [], dashed: [6, 4], dotted: [2, 3] };
const wholeSteps = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

/** The style of the plots: thin lines, few words, no legend. */
export function plotOptions(look: PlotLook): uPlot.Options {
  const { colours } = look;
  const axis = { stroke: colours.text, font: `11px ${colours.font}`, ticks: { show: false } } as const;
  return {
    ...look.size,
    ms: 1,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [8, 4, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(look.least, (max ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 70,
        grid: { show: false },
        values: (_, splits) => splits.map(look.formatTime),
      },
      {
        ...axis,
        size: 52,
        space: 34,
        grid: { stroke: colours.grid, width: 1 },
        values: (_, splits) => splits.map(look.formatValue),
        incrs: wholeSteps,
      },
    ],
    series: [
      {},
      ...look.series.map(
        (one, at): uPlot.Series => ({
          label: one.label,
          stroke: colours.series[at] ?? colours.text,
          width: 2,
          dash: dashes[one.line],
          ...(look.stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
          points: { show: !look.stepped, size: 5 },
        }),
      ),
    ],
    hooks: { setCursor: [(plot) => look.onPoint(plot.cursor.idx ?? null)] },
  };
}
