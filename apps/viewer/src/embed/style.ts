let sheet: CSSStyleSheet | undefined;

/** The element's style: a sheet created by script, which a strict Content-Security-Policy allows. */
export function styles(): CSSStyleSheet {
  if (sheet) return sheet;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: inline-flex; flex-direction: column; gap: 0.5rem; width: 24rem; max-width: 100%; color-scheme: light dark;
      font: 15px/1.4 system-ui, sans-serif; color: light-dark(#1a1d21, #e6e8eb); }
    :host([hidden]) { display: none; }
    .stage { display: grid; place-items: center; min-height: 12rem; border: 2px dashed light-dark(#8a929c, #6d7784);
      border-radius: 8px; overflow: hidden; background: light-dark(#f3f5f7, #1d2128); }
    :host([over]) .stage { border-color: light-dark(#0b5cad, #6cb2ff); }
    canvas { width: 100%; display: block; }
    canvas[aria-label='No picture yet'] { visibility: hidden; height: 12rem; }
    .bar { display: flex; gap: 0.75rem; align-items: center; justify-content: space-between; }
    button { font: inherit; padding: 0.3rem 0.7rem; white-space: nowrap; }
    output { font-variant-numeric: tabular-nums; }
    output.OK { color: light-dark(#12692f, #5fd38a); font-weight: 700; }
    output.REVIEW { color: light-dark(#7a5200, #ffc24a); font-weight: 700; }
    output.UNKNOWN { color: light-dark(#6a1b9a, #d7a6ff); font-weight: 700; }
    output.NG, output.fault { color: light-dark(#b3261e, #ff8a80); font-weight: 700; }
  `);
  return sheet;
}
