// Imported before uPlot, which creates a number format from navigator.language on load: WebKit on a system without a language
// returns "C", which is invalid, and the page would stay empty.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
