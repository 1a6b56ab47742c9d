import { VIEWS } from './views/index.js';
import { view } from './state/route.js';
import { DropZone } from './parts/dropZone.js';
import { Notices } from './parts/notices.js';

/** The page: navigation, the current view, and notices. */
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
