/** Why TensorFlow could not be enabled, in one sentence with what to do next. */
export class EnableError extends Error {
  override readonly name = 'EnableError';
}
