import { CircleCheck, CircleX, ScanSearch } from 'lucide';
import type { PictureKind } from '@pyramid-mamba/projects';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { answer, asked, usualProduct, type Question } from '../../state/project/intake.js';
import { content } from '../../state/project/open.js';

const KINDS = [
  { kind: 'good', icon: CircleCheck, title: 'Good', text: 'The model learns from them.' },
  { kind: 'defective', icon: CircleX, title: 'Defective', text: 'They show what the model misses.' },
  { kind: 'judge', icon: ScanSearch, title: 'To judge', text: 'The model gives a verdict on them.' },
] as const;

/** Asks what dropped pictures are, where their folders do not say it. */
export function Ask() {
  const question = asked.value;
  return question ? <Dialog question={question} /> : null;
}

function knownWords({ known, pictures }: Question): string | null {
  const parts = [
    ...(known.good > 0 ? [`${known.good} are good`] : []),
    ...(known.defective > 0 ? [`${known.defective} defective`] : []),
  ];
  return parts.length === 0
    ? null
    : `Of ${pictures.length} pictures, ${parts.join(' and ')} by their folders.`;
}

function Dialog({ question }: { question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const products = [...(content.value?.products.keys() ?? [])];
  const [product, setProduct] = useState(usualProduct());
  const unclear = question.pictures.filter(({ kind }) => kind === null);
  const loose = question.pictures.some((one) => one.product === null);
  useEffect(() => dialog.current?.showModal(), []);
  const choose = (kind: PictureKind) => void answer({ kind, product: product.trim() || usualProduct() });
  return (
    <dialog ref={dialog} class="ask" aria-labelledby="ask-title" onCancel={() => void answer(null)}>
      <h1 id="ask-title">
        {unclear.length === 1 ? 'What is this picture?' : `What are these ${unclear.length} pictures?`}
      </h1>
      {knownWords(question) && <p class="muted">{knownWords(question)}</p>}
      {loose && (
        <label class="choice">
          <span>Product</span>
          <input
            list="ask-products"
            value={product}
            maxLength={200}
            onInput={(event) => setProduct(event.currentTarget.value)}
          />
          <datalist id="ask-products">
            {products.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
      )}
      <div class="ask-kinds">
        {KINDS.map(({ kind, icon, title, text }) => (
          <button key={kind} type="button" class={`kind-${kind}`} onClick={() => choose(kind)}>
            <Icon of={icon} />
            <strong>{title}</strong>
            <span class="muted">{text}</span>
          </button>
        ))}
      </div>
      <p class="buttons">
        <button type="button" class="quiet" onClick={() => void answer(null)}>
          Do not add them
        </button>
      </p>
    </dialog>
  );
}
