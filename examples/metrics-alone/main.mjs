// The figures of anomaly maps that another program made: here six pictures of 32 × 32 pixels, three of them with a defect.
import { calibrate, evaluateClass, meanOverClasses, verdict } from '@pyramid-mamba/metrics';

const side = 32;

/** A map with some texture, and its mask; a defect is a bright square of 6 × 6 pixels at (at, at). */
function picture(number, at) {
  const map = new Float32Array(side * side);
  const mask = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const p = y * side + x;
      const isDefect = at !== undefined && x >= at && x < at + 6 && y >= at && y < at + 6;
      map[p] = 0.2 + 0.1 * Math.sin(x * 0.9 + number) * Math.cos(y * 0.7) + (isDefect ? 0.25 : 0);
      mask[p] = isDefect ? 1 : 0;
    }
  }
  return { map, mask };
}

const pictures = [picture(0), picture(1), picture(2), picture(3, 4), picture(4, 12), picture(5, 20)];
const maps = pictures.map(({ map }) => map);
const masks = pictures.map(({ mask }) => mask);

const part = evaluateClass({ maps, masks, width: side, height: side }, { protocol: 'exact' });
const mean = meanOverClasses({ part });
const percent = ({ value }) => (value === null ? 'undefined' : (100 * value).toFixed(1));
console.log(`image AU-ROC ${percent(mean.image.auroc)}, AP ${percent(mean.image.ap)}`);
console.log(`pixel AU-ROC ${percent(mean.pixel.auroc)}, AU-PRO ${percent(mean.pixel.aupro)}`);

// thresholds from the good pictures' scores, then a verdict for each picture
const scores = maps.map((map) => Math.max(...map));
const calibration = calibrate(scores.slice(0, 3), { defectScores: scores.slice(3) });
console.log(`verdicts: ${scores.map((score) => verdict(score, calibration)).join(' ')}`);
