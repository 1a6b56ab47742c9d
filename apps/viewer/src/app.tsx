import { VIEWS } from './views/index.js';
import { view } from './state/route.js';
import { DropZone } from './parts/dropZone.js';
import { Notices } from './parts/notices.js';

/** The page: where one can go, the view one is at, and what went wrong. */
export function App() {
  const { Body, title } = VIEWS[view.value];
  return (
    <>
      <header class="bar">
        <strong class="brand">Pyramid-Mamba</strong>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, { title }]) => (
            <a key={name} href={`#${name}`} aria-current={name === view.value ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <Notices />
      <DropZone />
      <main aria-label={title}>
        <Body />
      </main>
    </>
  );
}
