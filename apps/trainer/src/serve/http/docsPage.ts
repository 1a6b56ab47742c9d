import { openApi } from './openapi.js';

/** The page needs nothing but its own style. */
export const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Operation {
  summary: string;
  parameters?: { name: string; in: string; schema: { description?: string } }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description: string }>;
}
interface Document {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

/** The OpenAPI document as one page for people, without a script and without anything from elsewhere. */
export function docsPage(): string {
  const { info, paths, components } = openApi() as unknown as Document;
  const rows = (pairs: [string, string][]) =>
    `<table>${pairs.map(([a, b]) => `<tr><td><code>${escaped(a)}</code><td>${escaped(b)}`).join('')}</table>`;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => {
      const given = (one.parameters ?? []).map((p): [string, string] => [
        `${p.name} (${p.in})`,
        p.schema.description ?? '',
      ]);
      const bodies = Object.keys(one.requestBody?.content ?? {});
      return (
        `<h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(one.summary)}.</p>` +
        (given.length > 0 ? rows(given) : '') +
        (bodies.length > 0
          ? `<p>Body: ${bodies.map((type) => `<code>${escaped(type)}</code>`).join(', ')}</p>`
          : '') +
        rows(Object.entries(one.responses).map(([status, { description }]) => [status, description]))
      );
    }),
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details><summary><code>${escaped(name)}</code></summary><pre>${escaped(JSON.stringify(schema, null, 2))}</pre></details>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}</title>
<style>:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:1rem auto;max-width:60rem;padding:0 1rem}td{padding:.1rem .8rem .1rem 0;vertical-align:top}pre{overflow:auto}</style>
<h1>${escaped(info.title)} ${escaped(info.version)}</h1><p>${escaped(info.description)} The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<pre>curl -H "Authorization: Bearer $TOKEN" --data-binary @part.png -H "Content-Type: image/png" http://localhost:7351/v1/judge
curl -H "Authorization: Bearer $TOKEN" -F files=@1.png -F files=@2.png http://localhost:7351/v1/judge</pre>
${operations.join('\n')}<h2>Schemas</h2>${schemas.join('\n')}</html>
`;
}
