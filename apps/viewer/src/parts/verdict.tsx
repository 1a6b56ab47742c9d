import type { Verdict } from '@pyramid-mamba/metrics';

/** A verdict in its colour; a dash without thresholds. */
export function VerdictText({ of }: { of: Verdict | null }) {
  return <span class={`verdict ${of ?? ''}`}>{of ?? '–'}</span>;
}
