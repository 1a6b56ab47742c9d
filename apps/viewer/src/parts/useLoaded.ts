import { useEffect, useState } from 'preact/hooks';

/** The state of a promise, of the newest one only. */
export interface Loaded<T> {
  /** undefined while pending. */
  readonly value: T | undefined;
  readonly fault: string | undefined;
}

/** Reloads whenever one of `inputs` changes; results of older inputs are dropped. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [found, setFound] = useState<Loaded<T> & { inputs: readonly unknown[] }>();
  useEffect(() => {
    let gone = false;
    load().then(
      (value) => gone || setFound({ inputs, value, fault: undefined }),
      (error: unknown) =>
        gone ||
        setFound({ inputs, value: undefined, fault: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      gone = true;
    };
  }, inputs);
  const current = found !== undefined && inputs.every((input, i) => input === found.inputs[i]);
  return current ? found : { value: undefined, fault: undefined };
}
