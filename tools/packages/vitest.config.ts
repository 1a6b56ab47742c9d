import { defineConfig } from 'vitest/config';

/** The tests of what is published: they need a build and npm, so they are no part of `npm test`. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.packing.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
