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
        Model <strong>{opened.name}</strong> <span class="muted">trained for {classes.join(', ')}</span>
      </p>
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
        <a class="button" href={addressOf(placeOf('train'))}>
          Train one
        </a>
        <button type="button" onClick={() => void pickModel()}>
          Open a model file …
        </button>
      </div>
    </div>
  );
}
