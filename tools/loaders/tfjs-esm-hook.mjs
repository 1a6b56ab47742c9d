// node --import ./tools/loaders/tfjs-esm-hook.mjs: lets plain Node load tfjs-core's extension-less ESM files (development only).
import { register } from 'node:module';
register(
  'data:text/javascript,' +
    encodeURIComponent(`
export async function resolve(spec, ctx, next) {
  if (/^\\.\\.?\\//.test(spec) && /\\/@tensorflow\\/tfjs-[a-z]+\\/dist\\//.test(ctx.parentURL ?? '')) {
    for (const s of [spec, spec + '.js', spec + '/index.js']) {
      try { return await next(s, ctx); } catch (e) { if (s.endsWith('/index.js')) throw e; }
    }
  }
  return next(spec, ctx);
}`),
);
