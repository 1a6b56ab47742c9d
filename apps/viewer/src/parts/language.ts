// Imported before uPlot, which makes a format of navigator.language as it is loaded: WebKit on a system without a language says "C",
// which is none, and the page would stay empty.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
