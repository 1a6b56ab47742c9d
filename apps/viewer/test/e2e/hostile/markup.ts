/** What a name in a file may hold: shown as HTML it would run. */
export const MARKUP = '<img src=x onerror="globalThis.ran=1"><script>globalThis.ran=1</script>';
