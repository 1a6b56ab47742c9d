/** A picture that cannot be judged for a reason of its own, one sentence: it says nothing of the pictures beside it. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}
