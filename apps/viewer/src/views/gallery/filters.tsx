import { VERDICTS } from '@pyramid-mamba/metrics';
import { Choice } from '../../parts/choice.js';
import { ORDERS, type Filter, type Order } from '../../state/arranged.js';
import { run } from '../../state/opened.js';
import { ALL, filter, order } from '../../state/selection.js';

const LABELS = [
  ['any', 'any'],
  ['good', 'good'],
  ['defective', 'defective'],
  ['unknown', 'unknown'],
] as const;
const SHOWN_VERDICTS = [['any', 'any'], ...VERDICTS.map((name) => [name, name] as const)] as const;
const OUTCOMES = [
  ['any', 'any'],
  ['miss', 'missed: defective, judged OK'],
  ['false reject', 'false reject: good, judged NG'],
  ['to review', 'to review'],
  ['unknown', 'unknown: looks like no product of the model'],
] as const;

/** What the gallery shows, and in which order. */
export function Filters() {
  const { classes } = run.value!;
  const now = filter.value;
  const change = (part: Partial<Filter>) => (filter.value = { ...now, ...part });
  const changed = Object.entries(ALL).some(([key, value]) => now[key as keyof Filter] !== value);
  return (
    <form class="filters" aria-label="Filter and sort" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Class"
        value={now.className === null ? '' : `=${now.className}`}
        options={[['', 'all'], ...classes.map((name) => [`=${name}`, name] as const)]}
        onChange={(value) => change({ className: value === '' ? null : value.slice(1) })}
      />
      <Choice label="Truth" value={now.label} options={LABELS} onChange={(label) => change({ label })} />
      <Choice
        label="Verdict"
        value={now.verdict}
        options={SHOWN_VERDICTS}
        onChange={(verdict) => change({ verdict })}
      />
      <Choice
        label="Outcome"
        value={now.outcome}
        options={OUTCOMES}
        onChange={(outcome) => change({ outcome })}
      />
      <Choice
        label="Sort"
        value={order.value}
        options={Object.entries(ORDERS) as [Order, string][]}
        onChange={(value) => (order.value = value)}
      />
      <button type="button" disabled={!changed} onClick={() => (filter.value = ALL)}>
        Show all
      </button>
    </form>
  );
}
