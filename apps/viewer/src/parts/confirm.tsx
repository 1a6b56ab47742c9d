import { useEffect, useId, useRef, useState } from 'preact/hooks';

/** A button for an irreversible action: it asks for confirmation in the page, with the focus on the safe answer. */
export function Confirm({
  label,
  question,
  yes,
  no = 'Keep it',
  onYes,
  disabled = false,
}: {
  label: string;
  /** What will be lost, as a sentence. */
  question: string;
  yes: string;
  no?: string;
  onYes: () => void;
  disabled?: boolean;
}) {
  const [asking, setAsking] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (asking) keep.current?.focus();
  }, [asking]);
  if (!asking) {
    return (
      <button type="button" disabled={disabled} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  }
  return (
    <span
      class="confirm"
      role="group"
      aria-labelledby={id}
      onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
    >
      <span id={id} role="alert">
        {question}
      </span>{' '}
      <button
        type="button"
        class="danger"
        onClick={() => {
          setAsking(false);
          onYes();
        }}
      >
        {yes}
      </button>{' '}
      <button type="button" ref={keep} onClick={() => setAsking(false)}>
        {no}
      </button>
    </span>
  );
}
