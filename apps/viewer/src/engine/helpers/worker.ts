// A worker that measures pictures for the engine's worker while a model tests itself. This entry file must contain only these lines, see
// ../worker.ts.
const waiting: MessageEvent[] = [];
const hold = (event: MessageEvent) => void waiting.push(event);
addEventListener('message', hold);

import('./serve.js')
  .then(({ serve }) => {
    removeEventListener('message', hold);
    serve();
    for (const { data, ports } of waiting)
      dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }));
  })
  // whoever started it receives it as the worker's error event
  .catch(reportError);
