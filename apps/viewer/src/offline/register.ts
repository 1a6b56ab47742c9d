/** Makes the built page work without a network, where the browser can. Not while developing: files change then. */
export function workOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    // a host without https refuses: the page then needs its network, and nothing else is lost
    navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
  });
}
