import { signal } from '@preact/signals';
import type { ColorMapName } from '../picture/colorMaps.js';

/** The inspector's display settings, kept from picture to picture. */
export const opacity = signal(0.8);
export const colorMap = signal<ColorMapName>('inferno');
/** Which map: the whole, or the small one of a level, fine to coarse from 0. */
export const level = signal<'all' | number>('all');
export const layers = signal({ picture: true, heat: true, mask: true, contour: true, regions: false });
export type Layer = keyof (typeof layers)['value'];

/** The visible part of the picture: zoomed by `zoom`, its centre at (x, y), fractions of the picture's side. */
export interface Viewport {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}
export const WHOLE: Viewport = { zoom: 1, x: 0.5, y: 0.5 };
export const viewport = signal<Viewport>(WHOLE);

/** The point of the read-out, fractions of the picture's width and height, or null. */
export const probe = signal<{ readonly x: number; readonly y: number } | null>(null);
