import { useEffect, useRef } from 'preact/hooks';
import {
  suggestedEpochs,
  EFFORTS,
  SIZES,
  trainedOn,
  type Choices,
  type Effort,
} from '../../engine/training/plan.js';
import { Confirm } from '../../parts/confirm.js';
import { busy, phase, saved, trained } from '../../state/training.js';
import { choices, chosen, encoder, methods } from './chosen.js';
import { whyNot } from '../../folders/goodFolder.js';
import { startTraining } from './start.js';
import { time, TimeChoice } from './timeChoice.js';

const change = (over: Partial<Choices>) => (choices.value = { ...choices.value, ...over });

/** The training settings, and the button. */
export function Settings() {
  const products = chosen.value;
  const { seed } = choices.value;
  const alone = time.value === 'alone';
  const size = alone ? 'inputSize' : 'stagedSize';
  const pictures = products.reduce((sum, product) => sum + trainedOn(product.pictures.length), 0);
  const held = products.reduce((sum, product) => sum + product.pictures.length, 0) - pictures;
  const suggested = suggestedEpochs(pictures);
  const start = () => startTraining(pictures);
  return (
    <form
      class="settings"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy.value && whyNot(products) === null && !replaced()) void start();
      }}
    >
      <TimeChoice />
      <Start start={start} disabled={busy.value || whyNot(products) !== null} />
      <p class="muted">
        {alone
          ? `${pictures} pictures are trained on; ${held}, a fifth of each product, are held back and set the thresholds.`
          : `The first model learns all ${pictures + held} good pictures, and each is also judged as if it had not: that sets the thresholds. ` +
            `What improves it holds back ${held}, a fifth of each product.`}
      </p>
      <details>
        <summary>Details</summary>
        <label>
          <span>Picture size</span>
          <select
            id="train-size"
            value={choices.value[size]}
            onChange={(event) =>
              change({ [size]: Number(event.currentTarget.value) as Choices['inputSize'] })
            }
          >
            {SIZES.map((side) => (
              <option key={side} value={side}>
                {side}×{side}
              </option>
            ))}
          </select>
          <small class="muted">larger finds smaller defects, and takes longer</small>
        </label>
        {!alone && time.value !== null && <NetworkChoice />}
        {alone && <MethodChoice />}
        {alone && (chosenMethod()?.bySteps ?? true) && <StepChoices suggested={suggested} />}
        <label>
          <span>Seed</span>
          <input
            id="train-seed"
            type="number"
            step="1"
            value={seed}
            onInput={(event) => {
              const value = event.currentTarget.valueAsNumber;
              if (Number.isSafeInteger(value)) change({ seed: value });
            }}
          />
          <small class="muted">the same seed and pictures give the same model</small>
        </label>
        <EncoderChoice />
      </details>
    </form>
  );
}

/** The method that is trained, once the methods are loaded. */
const chosenMethod = () => methods.value.find(({ name }) => name === choices.value.method);

/** What learns; nothing where there is no choice. */
function MethodChoice() {
  useEffect(() => {
    void import('../../engine/training/methods.js').then(
      ({ offeredMethods }) => (methods.value = offeredMethods()),
    );
  }, []);
  const [standard, ...others] = methods.value;
  if (others.length === 0) return null;
  return (
    <label>
      <span>Method</span>
      <select
        id="train-method"
        value={choices.value.method ?? ''}
        onChange={(event) => change({ method: event.currentTarget.value || null })}
      >
        <option value="">{standard!.title}</option>
        {others.map(({ name, title, bySteps }) => (
          <option key={name} value={name}>
            {title}
            {bySteps ? '' : ': one pass over the pictures, minutes'}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What improves the memory bank. */
function NetworkChoice() {
  return (
    <label>
      <span>Improved by</span>
      <select
        id="train-network"
        value={choices.value.staged ?? ''}
        onChange={(event) => change({ staged: event.currentTarget.value === 'best' ? 'best' : null })}
      >
        <option value="">Pyramid-Mamba</option>
        <option value="best">RD4AD: outlines defects better after minutes</option>
      </select>
      <small class="muted">
        RD4AD leaves the verdict to the first model and shows more exactly where a defect is
      </small>
    </label>
  );
}

/** The choices of a method that learns by steps. */
function StepChoices({ suggested }: { suggested: number }) {
  const { method, effort, epochs } = choices.value;
  return (
    <>
      {!method && (
        <label>
          <span>Network</span>
          <select
            id="train-effort"
            value={effort}
            onChange={(event) => change({ effort: event.currentTarget.value as Effort })}
          >
            {Object.entries(EFFORTS).map(([name, { title, words }]) => (
              <option key={name} value={name}>
                {title}: {words}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>Epochs</span>
        <input
          id="train-epochs"
          type="number"
          min="1"
          max="2000"
          placeholder={String(suggested)}
          value={epochs ?? ''}
          onInput={(event) => {
            const value = event.currentTarget.valueAsNumber;
            change({ epochs: Number.isInteger(value) && value >= 1 ? value : null });
          }}
        />
        <small class="muted">left empty: {suggested}, enough for this many pictures</small>
      </label>
    </>
  );
}

/** What a new training takes the place of, for people; null where nothing is lost. */
function replaced(): string | null {
  if (trained.value) return `the finished training ${trained.value.name}`;
  if (saved.value) return `the saved training ${saved.value.name}`;
  return phase.value === 'stopped' ? 'the stopped training' : null;
}

function Start({ start, disabled }: { start: () => Promise<unknown>; disabled: boolean }) {
  const old = replaced();
  if (old === null) {
    return (
      <button type="submit" id="train-start" class="primary" disabled={disabled}>
        Train
      </button>
    );
  }
  if (saved.value?.elsewhere) return <p class="muted">Another tab of this browser has a training open.</p>;
  return (
    <Confirm
      label="Train …"
      question={`The browser keeps one training. The new one takes the place of ${old} as soon as it has read the pictures.`}
      yes="Train, and replace it"
      no="Keep the old one"
      disabled={disabled}
      onYes={() => void start()}
    />
  );
}

function EncoderChoice() {
  const input = useRef<HTMLInputElement>(null);
  const picked = encoder.value;
  return (
    <div class="encoder">
      <span>Encoder</span>
      <span>
        {picked ? picked.name : 'in the page'}{' '}
        <button type="button" onClick={() => input.current?.click()}>
          Weights …
        </button>{' '}
        {picked && (
          <button type="button" onClick={() => (encoder.value = null)}>
            Use the page’s own
          </button>
        )}
        <input
          ref={input}
          id="train-encoder"
          type="file"
          hidden
          accept=".safetensors"
          aria-label="Weights of the encoder"
          onChange={(event) => {
            encoder.value = event.currentTarget.files?.[0] ?? null;
            event.currentTarget.value = '';
          }}
        />
      </span>
      <small class="muted">
        {picked
          ? 'A ResNet (18, 34, 50 or Wide-50-2) with torchvision’s names; the network takes its width.'
          : 'A ResNet18 that comes with the page. Other weights of a ResNet (.safetensors) can be chosen.'}
      </small>
    </div>
  );
}
