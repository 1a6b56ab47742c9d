import type { ClassSource } from '@pyramid-mamba/inspect';

/** How a product was determined. */
export const CLASS_SOURCES = ['given', 'only', 'folder', 'nearest'] as const satisfies readonly ClassSource[];
