/** Makes the built page work offline, if the browser supports it. Not in development, where files change. */
export function workOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    // rejected without https: the page then needs the network, but works otherwise
    navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
  });
}
