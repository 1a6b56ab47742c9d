import { someOf } from '@pyramid-mamba/data';
import { modelsOf } from '@pyramid-mamba/projects';
import { changing, content, locked } from '../../state/project/open.js';
import { busy } from '../../state/training.js';
import { modelOfRun, opening, pickModel } from '../../state/opening.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { model, run } from '../../state/opened.js';
import { product, judgeAgain } from '../../state/live/live.js';

/** The open model and the product it judges by, or ways to open one. */
export function Model() {
  const opened = model.value;
  if (!opened) return <NoModel />;
  const { classes } = opened.info;
  return (
    <div class="model">
      <p>
        Model <strong>{opened.name}</strong> <span class="muted">trained for {someOf(classes)}</span>
      </p>
      <History />
      {classes.length > 1 && (
        <label class="choice">
          <span>Product</span>
          <select
            id="live-product"
            value={product.value}
            onChange={(event) => {
              product.value = event.currentTarget.value;
              void judgeAgain();
            }}
          >
            <option value="">recognised by the model</option>
            {classes.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

/** The models of the project's history: going back to one is a press. */
function History() {
  const now = content.value;
  const all = now ? modelsOf(now).reverse() : [];
  if (!now || all.length < 2) return null;
  return (
    <label class="choice">
      <span>Model in use</span>
      <select
        id="live-history"
        value={now.model ?? ''}
        disabled={locked.value !== null || busy.value}
        onChange={(event) => {
          const id = event.currentTarget.value;
          void changing('The model stays', (open) => open.useModel(id));
        }}
      >
        {all.map(({ id, created, method, name }) => (
          <option key={id} value={id}>
            {new Date(created).toLocaleString()}: {method || name}
          </option>
        ))}
      </select>
    </label>
  );
}

function NoModel() {
  if (opening.value) return <p role="status">Opening {opening.value} …</p>;
  const from = run.value;
  return (
    <div class="model">
      <p>There is no model to judge by yet.</p>
      <div class="buttons">
        {from && (
          <button type="button" onClick={() => void modelOfRun()}>
            Open the model of {from.name}
          </button>
        )}
        <a class={from ? 'button' : 'button primary'} href={addressOf(placeOf('train'))}>
          Train one
        </a>
        <button type="button" onClick={() => void pickModel()}>
          Open a model file …
        </button>
      </div>
    </div>
  );
}
