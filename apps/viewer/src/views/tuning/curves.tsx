import {
  auroc,
  averagePrecision,
  confusionAt,
  prCurve,
  rocCurve,
  type CurveResult,
} from '@pyramid-mamba/metrics';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Plot, type PlotMark } from '../../parts/plot.js';
import { useLoaded } from '../../parts/useLoaded.js';
import type { Calibration, Item, OpenRun, StoredCurve } from '../../run/types.js';
import { pixelEvaluation } from './pixelCurves.js';
import { pointAt, type Point } from './points.js';

const MARKS = [
  ['review', '--review'],
  ['reject', '--ng'],
] as const;

/** ROC and PR of the class's pictures and PRO of its pixels, with the points of the two thresholds. */
export function Curves(props: {
  run: OpenRun;
  className: string;
  items: readonly Item[];
  calibration: Calibration;
}) {
  const { items, calibration, className } = props;
  const known = useMemo(() => {
    const some = items.filter(({ label }) => label !== null);
    return { scores: some.map(({ score }) => score), labels: some.map(({ label }) => label!) };
  }, [items]);
  const of = useMemo(() => {
    const { scores, labels } = known;
    return {
      roc: rocCurve(scores, labels, { maxPoints: 1000 }),
      pr: prCurve(scores, labels, { maxPoints: 1000 }),
      auroc: auroc(scores, labels),
      ap: averagePrecision(scores, labels),
    };
  }, [known]);
  const at = MARKS.map(([which, color]) => {
    const counts = confusionAt(known.scores, known.labels, calibration[which]);
    const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts;
    const recall = tp / (tp + fn);
    return {
      roc: { title: which, color, x: fp / (fp + tn), y: recall },
      pr: { title: which, color, x: recall, y: tp + fp > 0 ? tp / (tp + fp) : 1 },
    };
  });
  return (
    <div class="curves">
      <PictureCurve
        title="ROC, pictures"
        about={`${className}${of.auroc.value === null ? '' : `: AU-ROC ${of.auroc.value.toFixed(3)}`}`}
        curve={of.roc}
        x="false positive rate"
        y="true positive rate"
        marks={at.map(({ roc }) => roc)}
      />
      <PictureCurve
        title="Precision and recall, pictures"
        about={`${className}${of.ap.value === null ? '' : `: AP ${of.ap.value.toFixed(3)}`}`}
        curve={of.pr}
        x="recall"
        y="precision"
        marks={at.map(({ pr }) => pr)}
      />
      <ProCurve {...props} />
    </div>
  );
}

function PictureCurve({
  title,
  about,
  curve,
  x,
  y,
  marks,
}: {
  title: string;
  about: string;
  curve: CurveResult;
  x: string;
  y: string;
  marks: readonly PlotMark[];
}) {
  const points = curve.points;
  const line = useMemo(
    () => ({ title, color: '--accent', x: points?.x ?? [], y: points?.y ?? [] }),
    [points, title],
  );
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong> <span class="muted">{about}</span>
      </figcaption>
      {points ? (
        <Plot label={`${title}. ${about}. ${spoken(marks, x, y)}`} line={line} marks={marks} x={x} y={y} />
      ) : (
        <p class="muted">{curve.points === null ? curve.reason : ''}</p>
      )}
      {points && <MarkList marks={marks} x={x} y={y} />}
    </figure>
  );
}

const spoken = (marks: readonly PlotMark[], x: string, y: string) =>
  marks.map((mark) => `${mark.title}: ${x} ${mark.x.toFixed(3)}, ${y} ${mark.y.toFixed(3)}`).join('; ');

function MarkList({ marks, x, y }: { marks: readonly PlotMark[]; x: string; y: string }) {
  return (
    <ul class="marks" aria-hidden="true">
      {marks.map((mark) => (
        <li key={mark.title}>
          <span class={`mark ${mark.title}`} /> {mark.title}: {x} {mark.x.toFixed(3)}, {y} {mark.y.toFixed(3)}
        </li>
      ))}
    </ul>
  );
}

const PRO_LIMIT = 0.3;

function ProCurve({
  run,
  className,
  items,
  calibration,
}: {
  run: OpenRun;
  className: string;
  items: readonly Item[];
  calibration: Calibration;
}) {
  const stored = useLoaded(() => run.curves(), [run]);
  const [work, setWork] = useState<{ done: number; all: number } | null>(null);
  const [computed, setComputed] = useState<
    { curve: StoredCurve; aupro: number | null } | { fault: string }
  >();
  const [stop] = useState(() => new AbortController());
  useEffect(() => () => stop.abort(), [stop]);

  const compute = async () => {
    setWork({ done: 0, all: 1 });
    try {
      const found = await pixelEvaluation(run, items, (done, all) => setWork({ done, all }), stop.signal);
      const { points } = found.curves.pixel.pro;
      if (points === null) {
        const { pro } = found.curves.pixel;
        setComputed({ fault: pro.points === null ? pro.reason : '' });
        return;
      }
      const curve = Array.from(points.x, (x, i) => [x, points.y[i]!, points.threshold[i]!] as const);
      setComputed({ curve, aupro: found.metrics.exact.pixel.aupro.value });
    } catch (error) {
      if (!stop.signal.aborted)
        setComputed({ fault: error instanceof Error ? error.message : String(error) });
    } finally {
      setWork(null);
    }
  };

  const own = stored.value && Object.hasOwn(stored.value, className) ? stored.value[className]!.pro : [];
  const curve = computed && 'curve' in computed ? computed.curve : own;
  const line = useMemo(
    () => ({ title: 'PRO', color: '--accent', x: curve.map(([x]) => x), y: curve.map(([, y]) => y) }),
    [curve],
  );
  const places = MARKS.map(([which, color]) => ({ which, color, place: pointAt(curve, calibration[which]) }));
  const marks = places.flatMap(({ which, color, place }) =>
    place === null || place === 'beyond' ? [] : [{ title: which, color, ...(place satisfies Point) }],
  );
  const [x, y] = ['false positive rate', 'mean overlap'];
  const aupro = computed && 'curve' in computed ? computed.aupro : null;
  const fault = stored.fault ?? (computed && 'fault' in computed ? computed.fault : undefined);
  return (
    <figure>
      <figcaption>
        <strong>PRO, pixels</strong>{' '}
        <span class="muted">
          {className}
          {aupro !== null && `: AU-PRO ${aupro.toFixed(3)} over all thresholds`}
        </span>
      </figcaption>
      {curve.length > 0 ? (
        <>
          <Plot
            label={`PRO curve of ${className}, pixels. ${spoken(marks, x, y)}`}
            line={line}
            marks={marks}
            x={x}
            y={y}
            xMax={PRO_LIMIT}
          />
          <MarkList marks={marks} x={x} y={y} />
        </>
      ) : (
        <p class="muted">
          {fault ?? (stored.value === undefined ? 'Loading …' : 'The run has no PRO curve of this class.')}
        </p>
      )}
      {places.some(({ place }) => place === 'beyond') && (
        <p class="muted">
          {places.flatMap(({ which, place }) => (place === 'beyond' ? [which] : [])).join(' and ')}: beyond a
          false positive rate of {PRO_LIMIT}, where the curve ends.
        </p>
      )}
      {(curve.length === 0 || places.some(({ place }) => place === null)) &&
        stored.value !== undefined &&
        (work ? (
          <p role="status">
            Computing: <progress max={work.all} value={work.done} aria-label="Pictures done" /> {work.done} of{' '}
            {work.all}
          </p>
        ) : (
          <button type="button" onClick={() => void compute()}>
            Compute it from the maps
          </button>
        ))}
    </figure>
  );
}
