import { dismiss, notices, type Notice } from '../state/notices.js';

/** Errors and notes, announced to screen readers, shown until dismissed. */
export function Notices() {
  const all = notices.value;
  return (
    <div class="notices" role="status" aria-live="polite">
      {all.map((notice) => (
        <div key={notice.id} class={`notice ${notice.kind}`}>
          <div>
            <span>{notice.text}</span>
            <More of={notice} />
          </div>
          <button type="button" aria-label={`Dismiss: ${notice.text}`} onClick={() => dismiss(notice.id)}>
            ×
          </button>
        </div>
      ))}
      {all.length > 2 && (
        <button type="button" class="dismiss-all" onClick={() => (notices.value = [])}>
          Dismiss all {all.length}
        </button>
      )}
    </div>
  );
}

function More({ of: { others, count } }: { of: Notice }) {
  if (count === 1) return null;
  const unlisted = count - 1 - others.length;
  return (
    <details>
      <summary>and {count - 1} more</summary>
      <ul>
        {others.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {unlisted > 0 && <li>and {unlisted} that are not listed</li>}
      </ul>
    </details>
  );
}
