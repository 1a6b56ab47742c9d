import { z } from 'zod';

// First of all imports: else zod tries, as schemas are made, whether it may compile code, which the page's policy forbids and
// Firefox and Safari report as a violation.
z.config({ jitless: true });
