import { defineConfig, type Options } from 'tsup';

/** tsup settings shared by all packages. */
export const options = (over: Options = {}): Options => ({
  entry: ['src/index.ts'],
  format: ['esm'],
  // tsup 8.5.1 sets baseUrl for the d.ts build, which TypeScript 6 reports as an error unless told otherwise
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  clean: true,
  target: 'es2022',
  platform: 'neutral',
  ...over,
});
export const lib = (over?: Options) => defineConfig(options(over));
