import { areaFor, blob, clip, crack, displace, lump, scratch } from '../defects.js';
import { noise2 } from '../noise.js';
import { covered, type Piece, type Product, type Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { add, boxDistance, clamp01, cover, length, mix, paint, smoothstep, tint } from '../shapes.js';

/** Half the length of the straight part, radius of the body and of the cap that overlaps it, picture widths. */
const STRAIGHT = 0.235;
const BODY = 0.158;
const CAP = 0.168;
/** The cap ends here along the axis. */
const SEAM = 0.035;
/** How the capsule lies in its tray, radians. */
const LIE = -0.3;
const COS = Math.cos(LIE);
const SIN = Math.sin(LIE);

/** What is wrong with this capsule. */
interface Fault {
  /** Narrowing (fraction of the radius) around station `at`, over `reach`. */
  readonly squeeze?: { readonly at: number; readonly reach: number; readonly by: number };
  /** Print: share of the imprint that is missing, from its right end. */
  readonly unprinted?: number;
}

/** Bars of seven-segment digits: top, upper left, upper right, middle, lower left, lower right, bottom. */
const DIGITS = [0b1011101, 0b1101011, 0b1110111] as const;

/** Signed distance of the imprint "250" at local (s, w), which is centred on the cap. */
function imprint(s: number, w: number, kept: number): number {
  let best = 1;
  for (let k = 0; k < 3; k++) {
    const x = s + 0.118 + (1 - k) * 0.067;
    if (Math.abs(x) > 0.04 || Math.abs(w) > 0.07) continue;
    const bars = DIGITS[k]!;
    if ((k + 0.5) / 3 > kept) continue;
    const wide = 0.017;
    const tall = 0.02;
    const thick = 0.0065;
    if (bars & 64) best = Math.min(best, boxDistance(x, w + 2 * tall, wide + thick, thick, 0.003));
    if (bars & 32 && k !== 0) best = Math.min(best, boxDistance(x + wide, w + tall, thick, tall, 0.003));
    if (bars & 16 && k !== 1) best = Math.min(best, boxDistance(x - wide, w + tall, thick, tall, 0.003));
    if (k !== 2) best = Math.min(best, boxDistance(x, w, wide + thick, thick, 0.003));
    if (k !== 1) best = Math.min(best, boxDistance(x + wide, w - tall, thick, tall, 0.003));
    if (k !== 0) best = Math.min(best, boxDistance(x - wide, w - tall, thick, tall, 0.003));
    if (bars & 1) best = Math.min(best, boxDistance(x, w - 2 * tall, wide + thick, thick, 0.003));
  }
  return best;
}

function shell(rng: Rng): (fault: Fault) => Shader {
  const seed = rng.seed();
  const hue = rng.range(-0.015, 0.015);
  const pale = rng.range(0.98, 1.02);
  const seam = SEAM + rng.range(-0.006, 0.006);
  return (fault) => {
    const radiusAt = (s: number): number => {
      const r = mix(BODY, CAP, smoothstep(seam + 0.002, seam - 0.002, s));
      if (!fault.squeeze) return r;
      return r * (1 - fault.squeeze.by * Math.exp(-(((s - fault.squeeze.at) / fault.squeeze.reach) ** 2)));
    };
    const outside = (s: number, w: number): number =>
      length(Math.max(0, Math.abs(s) - STRAIGHT), w) - radiusAt(s);
    return (u, v, rgb) => {
      const x = u - 0.5;
      const y = v - 0.5;
      const s = COS * x + SIN * y;
      const w = COS * y - SIN * x;
      const tray = 1 + 0.025 * noise2(u * 70, v * 70, seed) + 0.015 * noise2(u * 8, v * 8, seed + 1);
      const ground = tray * (1 - 0.5 * smoothstep(0.06, -0.05, outside(s + 0.004, w - 0.034)));
      rgb[0] = 0.4 * ground;
      rgb[1] = 0.53 * ground;
      rgb[2] = 0.55 * ground;
      const c = cover(outside(s, w), 0.004);
      if (c <= 0) return;
      const radius = radiusAt(s);
      const n = w / radius;
      const e = (Math.max(0, Math.abs(s) - STRAIGHT) * Math.sign(s)) / radius;
      const z = Math.sqrt(Math.max(0, 1 - n * n - e * e));
      const facing = clamp01(-0.55 * n - 0.3 * e + 0.78 * z);
      const light = 0.34 + 0.72 * facing;
      const cap = smoothstep(seam + 0.002, seam - 0.002, s);
      let r = mix(0.93 * pale, 0.87, cap);
      let g = mix(0.89 * pale, 0.33 + hue, cap);
      let b = mix(0.78 * pale, 0.13 + hue, cap);
      const print = cover(imprint(s, w, 1 - (fault.unprinted ?? 0)), 0.004) * 0.85;
      r = mix(r, 0.97, print);
      g = mix(g, 0.92, print);
      b = mix(b, 0.85, print);
      // the cap's edge throws a fine shadow on the body
      const lip = 1 - 0.3 * smoothstep(seam + 0.022, seam + 0.002, s) * (1 - cap);
      const film = 1 + 0.012 * noise2(s * 30, w * 30, seed + 2);
      const f = light * lip * film;
      paint(rgb, [r * f, g * f, b * f], c);
      const streak =
        Math.exp(-(((n + 0.52) / 0.1) ** 2)) * smoothstep(STRAIGHT + 0.1, STRAIGHT - 0.02, Math.abs(s));
      add(rgb, c * (0.42 * streak + 0.1 * Math.exp(-(((n - 0.72) / 0.12) ** 2)) * z));
    };
  };
}

/** A two-part hard capsule, orange cap with an imprint and ivory body, in its tray. */
export const capsule: Product = {
  name: 'capsule',
  defects: ['crack', 'squeeze', 'faulty_imprint', 'dent', 'scratch', 'spot', 'leak'],
  make(rng): Piece {
    const draw = shell(rng);
    const shade = draw({});
    return {
      dx: rng.range(-0.01, 0.01),
      dy: rng.range(-0.01, 0.01),
      angle: rng.range(-0.015, 0.015),
      shade,
      defect(kind, dice, magnitude) {
        const s = dice.range(-0.25, 0.27);
        const w = dice.range(-0.05, 0.07);
        const place = {
          u: 0.5 + COS * s - SIN * w,
          v: 0.5 + COS * w + SIN * s,
          angle: dice.range(0, Math.PI),
        };
        const whole = { u0: 0.05, v0: 0.2, u1: 0.95, v1: 0.85 };
        switch (kind) {
          case 'crack':
            return clip(
              crack(
                shade,
                dice,
                place,
                areaFor(magnitude, 0.003, 0.014),
                [0.13, 0.08, 0.07],
                [0.5, 0.36, 0.28],
              ),
              shade,
              onShell,
            );
          case 'squeeze': {
            const at = dice.range(0.06, 0.22) * dice.sign();
            const squeeze = { at, reach: mix(0.055, 0.11, magnitude), by: mix(0.2, 0.36, magnitude) };
            return { box: whole, shade: covered(draw({ squeeze })) };
          }
          case 'faulty_imprint':
            return {
              box: whole,
              shade: covered(draw({ unprinted: magnitude < 0.4 ? 0.3 : magnitude < 0.75 ? 0.6 : 1 })),
            };
          case 'dent': {
            const radius = Math.sqrt(areaFor(magnitude, 0.008, 0.035) / Math.PI) * 1.5;
            return displace(shade, place, radius, [0.35 * radius, 0.35 * radius], -0.9);
          }
          case 'scratch':
            return clip(
              scratch(shade, dice, place, areaFor(magnitude, 0.003, 0.009), [0.27, 0.2, 0.17]),
              shade,
              onShell,
            );
          case 'spot':
            return lump(shade, dice, place, areaFor(magnitude, 0.003, 0.014), [0.22, 0.15, 0.12], 0.1);
          default:
            return leak(shade, dice, areaFor(magnitude, 0.006, 0.055));
        }
      },
    };
  },
};

/** Coverage of the shell, whose small variations from piece to piece do not matter here. */
function onShell(u: number, v: number): number {
  const s = COS * (u - 0.5) + SIN * (v - 0.5);
  const w = COS * (v - 0.5) - SIN * (u - 0.5);
  const past = Math.max(0, Math.abs(s) - STRAIGHT);
  return cover(Math.sqrt(past * past + w * w) - BODY, 0.004);
}

/** The filling has leaked at the seam: a wet, brown film over shell and tray. */
function leak(base: Shader, rng: Rng, area: number) {
  const w = 0.15 * rng.sign();
  const at = { u: 0.5 + COS * SEAM - SIN * w, v: 0.5 + COS * w + SIN * SEAM, angle: rng.range(0, Math.PI) };
  const shape = blob(rng, at, area, 0.4);
  return {
    box: shape.box,
    shade(u: number, v: number, rgb: Float64Array): number {
      base(u, v, rgb);
      const d = shape.distance(u, v);
      const c = cover(d, 0.004);
      if (c <= 0) return 0;
      tint(rgb, [0.62, 0.45, 0.25], c * 0.9);
      const rim = Math.exp(-(((d + 0.012) / 0.006) ** 2));
      add(rgb, c * rim * 0.16 * smoothstep(0.2, -0.4, (u - at.u + v - at.v) / shape.radius));
      return c;
    },
  };
}
