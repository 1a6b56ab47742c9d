/** Text that may stand in HTML as it is. */
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
  return String(child).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** HTML from a template; whatever is put in is escaped unless it is Html itself. */
export function html(parts: TemplateStringsArray, ...children: Child[]): Html {
  return new Html(parts.reduce((text, part, i) => text + textOf(children[i - 1]) + part));
}

/** HTML made elsewhere, trusted as it is. */
export const trusted = (text: string): Html => new Html(text);
