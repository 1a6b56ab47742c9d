import { modelOfRun, openExample, pickModel } from '../../state/opening.js';
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
        Model <strong>{opened.name}</strong>{' '}
        <button type="button" onClick={() => void pickModel()}>
          Open another …
        </button>
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
  const from = run.value;
  return (
    <div class="model">
      <p>To judge pictures, open a model:</p>
      <div class="buttons">
        {from && (
          <button type="button" class="primary" onClick={() => void modelOfRun()}>
            {from.example ? 'The example’s' : `The run’s (${from.name})`}
          </button>
        )}
        <button type="button" onClick={() => void pickModel()}>
          A file …
        </button>
        {!from && (
          <button
            type="button"
            onClick={() => void openExample().then((well) => (well ? modelOfRun() : null))}
          >
            The example’s
          </button>
        )}
        <a href="#train">Train one</a>
      </div>
    </div>
  );
}
