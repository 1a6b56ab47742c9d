import { defineConfig } from 'vitest/config';

/** The tests of the published packages: they need a build and npm, so `npm test` leaves them out. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.packing.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
