import { ROUNDING, ROUNDING_SHARE } from '../inference/sound.js';
import type { Size } from '../inference/input.js';
import type { Graph, Value } from './graph.js';

/** A product of the model, and by what its pictures are judged. */
export interface OnnxProduct {
  readonly name: string;
  /** What its pictures are recognised by; undefined where the model cannot. */
  readonly prototype?: readonly number[] | undefined;
  /** Distance from the prototype up to which a picture looks like the product; undefined where the file says none. */
  readonly limit?: number | undefined;
  /** Distance from which a picture is of another product, whatever its score. */
  readonly far?: number | undefined;
  /** Undefined without thresholds: then no picture is OK. */
  readonly thresholds?: { readonly review: number; readonly reject: number } | undefined;
  /** Whether an OK by these thresholds can be trusted, as after a self-test that passed. */
  readonly trusted: boolean;
  /** 1 for each pixel of the picture within the input, row-major, that is judged; undefined where all are. */
  readonly mask?: Uint8Array | undefined;
}

/** The numbers of the output `verdict`. */
export const VERDICTS = { OK: 0, REVIEW: 1, NG: 2, UNKNOWN: 3 } as const;

export interface Scored {
  /** (b, height, width) */
  readonly map: Value;
  /** (b) */
  readonly score: Value;
  /** (b, values) */
  readonly prototype: Value;
  /** (b) of truth values. */
  readonly blank: Value;
  /** The method's. */
  readonly roundsByShare: boolean;
}

/**
 * The product and the verdict of each picture, (b) integers each, as the inspector decides: an OK with any doubt is REVIEW, a picture of no
 * product is UNKNOWN, and so is one whose numbers are not sound. Adds the inputs `given_product`, `review` and `reject`, each with a default.
 */
export function decided(
  graph: Graph,
  whole: Scored,
  products: readonly OnnxProduct[],
  picture: Size,
): { map: Value; score: Value; product: Value; verdict: Value } {
  const logic = logicOf(graph);
  const { not, and, or } = logic;
  const count = products.length;
  const own = (name: 'review' | 'reject') => products.map((one) => one.thresholds?.[name] ?? Infinity);
  const [review, reject] = (['review', 'reject'] as const).map((name) =>
    graph.inputWithDefault(name, 'float32', [count], own(name), DOCS[name]),
  ) as [Value, Value];
  const recognised = recognise(graph, whole.prototype, whole.score, products);
  const { map, score } = judgedPart(graph, whole, recognised.product, products, picture);
  const of = (table: Value): Value => graph.op('Gather', [table, recognised.product], { axis: 0 });
  const trusted = graph.op('Greater', [
    of(
      graph.floats(
        [count],
        products.map((one) => Number(one.trusted && one.thresholds !== undefined)),
      ),
    ),
    graph.number(0.5),
  ]);
  // what the self-test found holds for its thresholds, and for stricter ones
  const raised = graph.op('Greater', [of(review), of(graph.floats([count], own('review')))]);
  const doubt = or(whole.blank, not(trusted), raised, recognised.doubt);
  const below = (given: Value): Value => graph.op('Less', [score, of(given)]);
  const high = not(below(reject));
  const low = and(below(review), not(doubt));
  const range = ['ReduceMax', 'ReduceMin'].map((type) =>
    graph.op(type, [whole.map, graph.list(1, 2)], { keepdims: 0 }),
  );
  // as `requireSoundJudgement`: a map whose values differ by no more is the result of a failed device
  const rounding = whole.roundsByShare
    ? graph.op('Mul', [range[0]!, graph.number(ROUNDING_SHARE)])
    : graph.number(ROUNDING);
  const flat = not(graph.op('Greater', [graph.op('Sub', range), rounding]));
  const unsound = or(flat, graph.op('IsNaN', [score]), graph.op('IsInf', [score]));
  const unknown = or(unsound, recognised.none, and(recognised.hardly, not(high)));
  const verdict = [
    [low, VERDICTS.OK],
    [high, VERDICTS.NG],
    [unknown, VERDICTS.UNKNOWN],
  ] as const;
  return {
    map,
    score,
    product: recognised.product,
    verdict: verdict.reduce<Value>(
      (before, [when, what]) => graph.op('Where', [when, graph.integers([], [what], `one ${what}`), before]),
      graph.integers([], [VERDICTS.REVIEW], `one ${VERDICTS.REVIEW}`),
    ),
  };
}

/** The map and the score of the areas of each picture's product: 0 and no part of the maximum elsewhere. */
function judgedPart(
  graph: Graph,
  { map, score }: Scored,
  product: Value,
  products: readonly OnnxProduct[],
  { height, width }: Size,
): { map: Value; score: Value } {
  if (!products.some(({ mask }) => mask)) return { map, score };
  const table = new Float32Array(products.length * height * width).fill(1);
  for (const [i, { mask }] of products.entries()) if (mask) table.set(mask, i * height * width);
  const masks = graph.floats([products.length, height, width], table);
  const judged = graph.op('Greater', [graph.op('Gather', [masks, product], { axis: 0 }), graph.number(0.5)]);
  const counted = graph.op('Where', [judged, map, graph.number(-Infinity)]);
  return {
    map: graph.op('Where', [judged, map, graph.number(0)]),
    score: graph.op('ReduceMax', [counted, graph.list(1, 2)], { keepdims: 0 }),
  };
}

const DOCS = {
  review:
    'From this raw score on a picture is REVIEW, by product. Above the default an OK is not trusted: REVIEW.',
  reject: 'From this raw score on a picture is NG, by product.',
} as const;

function logicOf(graph: Graph) {
  const joined =
    (type: 'And' | 'Or') =>
    (...all: readonly Value[]): Value =>
      all.slice(1).reduce((a, b) => graph.op(type, [a, b]), all[0]!);
  return { not: (x: Value): Value => graph.op('Not', [x]), and: joined('And'), or: joined('Or') };
}

interface Recognised {
  /** (b) integers */
  readonly product: Value;
  /** The picture looks like another product than its own. */
  readonly doubt: Value;
  /** It looks like no product: nearly, and by far. */
  readonly hardly: Value;
  readonly none: Value;
}

/** As `chooseClass` and `fitOf` of the inspect package. */
function recognise(
  graph: Graph,
  prototype: Value,
  score: Value,
  products: readonly OnnxProduct[],
): Recognised {
  const { not, and, or } = logicOf(graph);
  const count = products.length;
  const given = graph.inputWithDefault(
    'given_product',
    'int64',
    [],
    [-1],
    'Index of the pictures’ product; −1: the model recognises it.',
  );
  const no = graph.op('IsNaN', [graph.op('Mul', [score, graph.number(0)])]); // (b); replaced below where something can be recognised
  const never = and(no, not(no));
  const zeros = graph.op('Cast', [never], { to: 7 });
  const chosen = graph.op('Greater', [given, graph.integers([], [-1], 'one -1')]);
  const known = products.filter((one) => one.prototype !== undefined);
  if (known.length < count || count === 0)
    return {
      product: graph.op('Where', [chosen, graph.op('Add', [zeros, given]), zeros]),
      doubt: never,
      hardly: never,
      // of several products that it cannot tell apart the graph chooses none
      none: count > 1 ? or(never, not(chosen)) : never,
    };
  const table = graph.floats(
    [count, products[0]!.prototype!.length],
    products.flatMap((one) => one.prototype!),
  );
  const apart = graph.op('Sub', [graph.op('Unsqueeze', [prototype, graph.list(1)]), table]);
  const squared = graph.op('ReduceSum', [graph.op('Mul', [apart, apart]), graph.list(2)], { keepdims: 0 });
  const distances = graph.op('Sqrt', [squared]); // (b, products)
  const nearest = graph.op('ArgMin', [distances], { axis: 1, keepdims: 0 });
  const product = graph.op('Where', [chosen, graph.op('Add', [zeros, given]), nearest]);
  const any = (x: Value): Value =>
    graph.op('Greater', [
      graph.op('ReduceMax', [graph.op('Cast', [x], { to: 1 }), graph.list(1)], { keepdims: 0 }),
      graph.number(0.5),
    ]);
  // a class without a limit has −1: nothing is within it
  const limits = graph.floats(
    [count],
    products.map(({ limit = -1 }) => limit),
  );
  const within = any(graph.op('LessOrEqual', [distances, limits]));
  const of = (list: Value, index: Value): Value => graph.op('Gather', [list, index], { axis: 0 });
  const limited = graph.op('Greater', [of(limits, nearest), graph.number(-0.5)]);
  const far = graph.floats(
    [count],
    products.map((one) => one.far ?? Infinity),
  );
  const allFar = not(any(graph.op('Less', [distances, far])));
  const unlike = and(limited, not(within));
  const other = not(graph.op('Equal', [product, nearest]));
  const ownDistance = graph.op('Squeeze', [
    graph.op('GatherElements', [distances, graph.op('Unsqueeze', [product, graph.list(1)])], { axis: 1 }),
    graph.list(1),
  ]);
  const ownLimit = of(limits, product);
  const beyond = and(
    graph.op('Greater', [ownLimit, graph.number(-0.5)]),
    graph.op('Greater', [ownDistance, ownLimit]),
  );
  return {
    product,
    doubt: or(other, and(beyond, within)),
    hardly: unlike,
    none: and(unlike, allFar),
  };
}
