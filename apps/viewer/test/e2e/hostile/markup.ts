/** A name in a file that would run if shown as HTML. */
export const MARKUP = '<img src=x onerror="globalThis.ran=1"><script>globalThis.ran=1</script>';
