import type { Verdict } from '@pyramid-mamba/metrics';
import { MEANING } from '@pyramid-mamba/runs';

/** A verdict in its colour; a dash without thresholds. */
export function VerdictText({ of }: { of: Verdict | null }) {
  return (
    <span class={`verdict ${of ?? ''}`} title={of === null ? undefined : MEANING[of]}>
      {of ?? '–'}
    </span>
  );
}
