import type { ModelEntry, OpenProject, Project } from '@pyramid-mamba/projects';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.js';
import { countOf } from '../../parts/truth/countOf.js';
import { TruthTable } from '../../parts/truth/truthTable.js';
import type { OpenRun } from '../../run/types.js';
import { attempting } from '../../state/engine.js';
import { thresholds } from '../../state/opened.js';
import { content, project } from '../../state/project/open.js';
import { busy } from '../../state/training.js';
import { verdictOf } from '../../state/verdicts.js';
import { comparable, judgedBy, othersOf, type Before } from './beforeAfter.js';
import { ChangeList, grouped } from './changes.js';

/** Before and after: the model in use beside another one of the project, on pictures that neither has learnt. */
export function TwoModels({ run }: { run: OpenRun }) {
  const [open, now] = [project.value, content.value];
  const others = now ? othersOf(now) : [];
  if (!open || !now || others.length === 0) return null;
  return <Compared key={now.model} run={run} open={open} now={now} others={others} />;
}

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const nameOf = ({ created, method, name }: ModelEntry) =>
  `${when.format(new Date(created))}, ${method === '' ? name : method}`;

interface Props {
  readonly run: OpenRun;
  readonly open: OpenProject;
  readonly now: Project;
  readonly others: readonly ModelEntry[];
}

function Compared({ run, open, others }: Props) {
  const [chosen, setChosen] = useState(others[0]!.id);
  const [before, setBefore] = useState<{ by: ModelEntry; pictures: readonly Before[] } | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  // verdicts follow thresholds that are moved
  void thresholds.value;
  const by = others.find(({ id }) => id === chosen) ?? others[0]!;
  const items = comparable(run.items, by);
  const compare = async () => {
    const own = (ending.current = new AbortController());
    setDone(0);
    const found = await attempting('The models were not compared', () =>
      judgedBy(open, by, items, { onProgress: setDone, signal: own.signal }).catch((error: unknown) => {
        if (own.signal.aborted) return undefined;
        throw error;
      }),
    );
    setDone(null);
    if (found) setBefore({ by, pictures: found });
  };
  return (
    <section class="changes" aria-labelledby="two-models" id="compare-models">
      <h2 id="two-models">Before and after: two models</h2>
      <div class="target">
        <Choice
          label="Compare with the model of"
          value={by.id}
          options={others.map((entry) => [entry.id, nameOf(entry)] as const)}
          onChange={setChosen}
        />
        {done === null ? (
          <button type="button" disabled={items.length === 0 || busy.value} onClick={() => void compare()}>
            Compare on {items.length} {items.length === 1 ? 'picture' : 'pictures'}
          </button>
        ) : (
          <button type="button" onClick={() => ending.current?.abort()}>
            Stop
          </button>
        )}
        <small class="muted" role="status">
          {done !== null
            ? `Judging picture ${done + 1} of ${items.length} …`
            : items.length === 0
              ? 'There is no judged picture that it has not learnt: judge some, then compare.'
              : 'Pictures that it has learnt are left out: they would look better than they are.'}
        </small>
      </div>
      {before && before.by === by && <Result of={before.pictures} />}
    </section>
  );
}

/** Counts before and after, and the pictures whose verdict is another one. */
function Result({ of }: { of: readonly Before[] }) {
  const pictures = of.map(({ item, verdict }) => ({ item, from: verdict, to: verdictOf(item) }));
  const changes = grouped(pictures);
  const changed = changes.reduce((sum, { items }) => sum + items.length, 0);
  const count = (which: 'from' | 'to') =>
    countOf(pictures, (one) => ({ truth: one.item.label, verdict: one[which] }));
  return (
    <>
      <TruthTable label="Verdicts before and after" count={count('to')} before={count('from')} />
      <p role="status">
        {changed === 0
          ? `Both give the same verdicts on these ${pictures.length} pictures.`
          : `${changed} of ${pictures.length} verdicts are others with the model in use:`}
      </p>
      <ChangeList changes={changes} />
    </>
  );
}
