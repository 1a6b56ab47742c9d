import { Check } from './check.ts';
import type { Runner } from './caseRunner.ts';
import type { GoldenEntry } from './directory.ts';
import { anomalyMap } from './cases/anomalyMap.ts';
import {
  dinomalyBlock,
  dinomalyBottleneck,
  dinomalyLoss,
  dinomalyMap,
  dinomalySchedule,
} from './cases/dinomaly.ts';
import {
  destsegBlend,
  destsegLossCosine,
  destsegLossSegmentation,
  destsegMap,
  destsegPerlin,
  destsegRotate,
  destsegSegmentation,
  destsegSgd,
  destsegStudent,
} from './cases/destseg.ts';
import { encoder } from './cases/encoder.ts';
import { endToEnd } from './cases/endToEnd.ts';
import { loss } from './cases/loss.ts';
import { metrics } from './cases/metrics.ts';
import {
  basicBlock,
  bottleneck,
  css,
  decoder,
  hssBlock,
  mff,
  patchExpand,
  pss,
  ss2d,
} from './cases/network.ts';
import { optimizer } from './cases/optimizer.ts';
import { patchcoreCoreset, patchcoreEmbed, patchcoreReweight, patchcoreScore } from './cases/patchcore.ts';
import { rd4adDecoder, rd4adLoss, rd4adMap, rd4adOcbe } from './cases/rd4ad.ts';
import { maskResize, resize } from './cases/resize.ts';
import { scan } from './cases/scan.ts';
import { mambaadDirections, mambaadScanOrders } from './cases/scanOrders.ts';
import { schedule } from './cases/schedule.ts';
import { vit } from './cases/vit.ts';

/** By prefix of a case's name, where the manifest names no kinds. */
const RUNNERS: readonly [string, Runner][] = [
  ['scan_', scan],
  ['pss_', pss],
  ['ss2d_', ss2d],
  ['hss_block', hssBlock],
  ['lss_module', css],
  ['patch_expand', patchExpand],
  ['mff_', mff],
  ['basicblock_', basicBlock],
  ['bottleneck_', bottleneck],
  ['resnet', encoder],
  ['decoder_', decoder],
  ['loss_', loss],
  ['adam', optimizer],
  ['anomaly_map', anomalyMap],
  ['resize_', resize],
  ['mask_resize', maskResize],
  ['metrics_', metrics],
  ['e2e_', endToEnd],
  ['lr_schedule', schedule],
];

/** By kind, where the manifest names kinds: the names of such cases may be any. */
const KINDS: Readonly<Record<string, Runner>> = {
  adam: optimizer,
  encoder_resnet_bottleneck: encoder,
  encoder_dinov2reg: vit,
  patchcore_embed: patchcoreEmbed,
  patchcore_coreset: patchcoreCoreset,
  patchcore_score: patchcoreScore,
  patchcore_reweight: patchcoreReweight,
  mambaad_scan_orders: mambaadScanOrders,
  mambaad_directions: mambaadDirections,
  mambaad_ss2d: ss2d,
  mambaad_hss_block: hssBlock,
  mambaad_lss_module: css,
  mambaad_decoder: decoder,
  dinomaly_loss_hm_percent: dinomalyLoss,
  dinomaly_bottleneck: dinomalyBottleneck,
  dinomaly_block: dinomalyBlock,
  dinomaly_map: dinomalyMap,
  dinomaly_schedule: dinomalySchedule,
  stableadamw: optimizer,
  rd4ad_ocbe: rd4adOcbe,
  rd4ad_decoder: rd4adDecoder,
  rd4ad_loss: rd4adLoss,
  rd4ad_map: rd4adMap,
  destseg_perlin: destsegPerlin,
  destseg_rotate: destsegRotate,
  destseg_blend: destsegBlend,
  destseg_student: destsegStudent,
  destseg_segmentation: destsegSegmentation,
  destseg_map: destsegMap,
  destseg_loss_cosine: destsegLossCosine,
  destseg_loss_segmentation: destsegLossSegmentation,
  destseg_sgd: destsegSgd,
};

export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  readonly line: string;
}

/** Runs one case. Never throws: an exception or an unknown case is a failure. */
export async function runCase(entry: GoldenEntry): Promise<CaseResult> {
  const { name, kind } = entry;
  const runner =
    (kind === undefined ? undefined : KINDS[kind]) ??
    RUNNERS.find(([prefix]) => name.startsWith(prefix))?.[1];
  if (!runner) {
    const ofKind = kind === undefined ? '' : ` of the unknown kind ${kind}`;
    return { name, outcome: 'failed', line: `FAIL ${name}: unknown case${ofKind}` };
  }
  try {
    const golden = entry.load();
    const check = new Check(golden);
    await runner(golden, check);
    const { worst, failures, comparisons } = check;
    const passed = failures.length === 0 && comparisons > 0;
    const figures = `worst ${worst.name}, relative error ${worst.error.toExponential(1)}, tolerance ${worst.tolerance.toExponential(0)}, ${comparisons} compared`;
    const more = failures.slice(0, 4).map((failure) => `\n     ${failure}`);
    const line = `${passed ? 'ok  ' : 'FAIL'} ${name}: ${figures}${more.join('')}`;
    return { name, outcome: passed ? 'passed' : 'failed', line };
  } catch (error) {
    return { name, outcome: 'failed', line: `FAIL ${name}: ${(error as Error).message}` };
  }
}
