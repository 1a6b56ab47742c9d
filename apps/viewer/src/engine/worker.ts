// The module worker in which all computing happens, so that the page never waits. Nothing but these lines may stand in its first
// file: WebKit runs that file once more, services and all, as soon as another file of the worker imports from it.
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
  // the page learns of it by the worker's error event
  .catch(reportError);
