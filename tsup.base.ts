import { defineConfig, type Options } from 'tsup';

/** tsup settings shared by all packages. */
export const options = (over: Options = {}): Options => ({
  entry: ['src/index.ts'],
  format: ['esm'],
  // tsc writes the types (tsconfig.build.json), in less than half the time
  dts: false,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  platform: 'neutral',
  ...over,
});
export const lib = (over?: Options) => defineConfig(options(over));
