// The module worker that runs all computation, so that the page never blocks. This entry file must contain only these lines:
// WebKit runs it a second time, services included, as soon as another file of the worker imports from it.
const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => void early.push(event);
addEventListener('message', keep);

import('./serve.js')
  .then(({ serve }) => {
    removeEventListener('message', keep);
    serve();
    for (const { data, ports } of early)
      dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }));
  })
  // the page receives it as the worker's error event
  .catch(reportError);
