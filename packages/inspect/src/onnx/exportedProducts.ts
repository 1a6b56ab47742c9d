import { ownValue } from '@pyramid-mamba/metrics';
import { FormatError, type ModelInfo, type Size } from '@pyramid-mamba/model';
import type { OnnxProduct } from '@pyramid-mamba/model/onnx';
import { sharedMask } from '../areas/index.js';
import { decide } from '../conclude.js';
import { distrustOf } from '../distrust.js';
import { reachOf } from '../fit.js';

/**
 * The products of a model file, as an ONNX file decides by them without this program.
 * @param largestScore the method's
 * @param picture the size of the pictures within the input
 * @throws FormatError for a model that locates
 */
export function exportedProducts(info: ModelInfo, largestScore: number, picture: Size): OnnxProduct[] {
  // such a file would judge pictures as they are, by thresholds of aligned ones
  if (info.locating) throw new FormatError('a model that locates its part cannot be exported to ONNX yet');
  return info.classes.map((name) => {
    const own = ownValue(info.calibration, name);
    const distrust = distrustOf(info, name);
    // an OK that the inspector would turn into REVIEW whatever the picture shows
    const { verdict } = decide(
      (own?.review ?? 0) - 1,
      name,
      own,
      distrust === undefined ? [] : [distrust],
      largestScore,
    );
    return {
      name,
      prototype: ownValue(info.prototypes, name),
      ...reachOf(info, name),
      thresholds: own && { review: own.review, reject: own.reject },
      trusted: verdict === 'OK',
      mask: sharedMask([ownValue(info.areas, name)], picture),
    };
  });
}
