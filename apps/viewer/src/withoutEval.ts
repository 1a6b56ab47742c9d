import { z } from 'zod';

// Must be the first import: otherwise zod tests whether it may compile code when schemas are created, which the page's policy
// forbids and Firefox and Safari report as a violation.
z.config({ jitless: true });
