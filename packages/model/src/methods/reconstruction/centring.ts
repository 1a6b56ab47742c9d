import { z } from 'zod';

/** The key of a method's configuration that says from where features are measured. */
export const centringShape = {
  /**
   * `picture`: each level less its mean over the picture, which is what the pictures of a product have in common; absent: the features as they are.
   * Not in the paper (Dinomaly2's contextual recentering, with the mean of the patches in place of a class token).
   */
  centre: z.literal('picture').optional(),
};

export interface Centring {
  readonly centre?: 'picture' | undefined;
}
