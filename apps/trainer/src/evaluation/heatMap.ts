import { resizeRgb, type GrayImage, type RgbImage } from '@pyramid-mamba/data';
import { COLOR_MAP, heatIndex, heatOpacity, heatPosition, type HeatScale } from '@pyramid-mamba/runs';

/** Pixels between panels. */
const GAP = 4;
/** Panels smaller than this are enlarged by an integer factor. */
const PANEL = 256;
/** Opacity of the heat map at the top of the scale; the picture stays recognisable below it. */
const OPACITY = 0.8;
const OUTLINE = [0, 255, 200] as const;

/** The picture with its anomaly map (height x width, row-major) over it: the more anomalous, the more opaque. */
export function overlay(image: RgbImage, map: Float32Array, scale: HeatScale): RgbImage {
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < map.length; i++) {
    const t = heatPosition(map[i]!, scale);
    const opacity = heatOpacity(t, OPACITY);
    const color = heatIndex(t);
    for (let c = 0; c < 3; c++) {
      const under = image.data[i * 3 + c]!;
      data[i * 3 + c] = Math.round(under + opacity * (COLOR_MAP[color + c]! - under));
    }
  }
  return { width: image.width, height: image.height, data };
}

/** The picture with a line around the mask's regions, on the pixels just outside them. */
export function outline(image: RgbImage, mask: GrayImage): RgbImage {
  const { width, height } = image;
  const data = Uint8Array.from(image.data);
  const inside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && mask.data[y * width + x] !== 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (inside(x, y)) continue;
      if (inside(x - 1, y) || inside(x + 1, y) || inside(x, y - 1) || inside(x, y + 1)) {
        data.set(OUTLINE, (y * width + x) * 3);
      }
    }
  }
  return { width, height, data };
}

function sideBySide(panels: readonly RgbImage[]): RgbImage {
  const { width: w, height } = panels[0]!;
  const width = panels.length * w + (panels.length - 1) * GAP;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [p, panel] of panels.entries()) {
    for (let y = 0; y < height; y++) {
      data.set(panel.data.subarray(y * w * 3, (y + 1) * w * 3), (y * width + p * (w + GAP)) * 3);
    }
  }
  return { width, height, data };
}

/** Three panels: the picture, the heat map over it, the picture with the true defect outlined. */
export function heatMapPicture(
  image: RgbImage,
  map: Float32Array,
  mask: GrayImage,
  scale: HeatScale,
): RgbImage {
  const factor = Math.ceil(PANEL / Math.max(image.width, image.height));
  const panels = [image, overlay(image, map, scale), outline(image, mask)];
  return sideBySide(
    factor > 1
      ? panels.map((panel) => resizeRgb(panel, panel.width * factor, panel.height * factor))
      : panels,
  );
}
