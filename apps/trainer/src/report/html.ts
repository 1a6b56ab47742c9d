import { visible } from '../text/visible.js';

/** Text that is safe HTML. */
export class Html {
  constructor(readonly text: string) {}
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export type Child = Html | string | number | readonly Child[] | undefined | false;

function textOf(child: Child): string {
  if (child === undefined || child === false) return '';
  if (child instanceof Html) return child.text;
  if (typeof child === 'object') return child.map(textOf).join('');
  return visible(String(child)).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** HTML from a template; inserted values are escaped unless they are Html. */
export function html(parts: TemplateStringsArray, ...children: Child[]): Html {
  return new Html(parts.reduce((text, part, i) => text + textOf(children[i - 1]) + part));
}

/** HTML from elsewhere, trusted without escaping. */
export const trusted = (text: string): Html => new Html(text);
