import {
  ATTRIBUTE,
  TYPE,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.js';

/** The name of a value of a graph: an output of a node, an input, or a constant. */
export type Value = string;

/** A number is an integer; `{ float }` is none. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;

/** A dimension that varies has a name. */
export type Dimensions = readonly (number | string)[];

interface Names {
  next: number;
}

/**
 * A graph of ONNX nodes that is being built: nodes are added in the order in which they are computed. Shapes are the caller's to know: the first
 * axis of every value is the batch, whose size the graph does not say.
 */
export class Graph {
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  constructor(
    readonly name: string,
    private readonly names: Names = { next: 0 },
  ) {}

  /** The body of a node, which sees all values of this graph. */
  body(name: string): Graph {
    return new Graph(name, this.names);
  }

  /** Adds a node of ONNX's operator `type` and returns its output. An absent input is ''. */
  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.ops(type, inputs, attributes, 1)[0]!;
  }

  /** The same for a node of several outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): Value[] {
    const name = this.#fresh(type);
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.#nodes.push({ name, opType: type, input: inputs, output, attribute });
    return output;
  }

  /** A constant of float32 values. One with the key of an earlier one is that one. */
  floats(dims: readonly number[], data: ArrayLike<number>, key?: string): Value {
    return this.#constant('float32', dims, () => bytesOf(Float32Array.from(data)), key);
  }

  /** A constant of integers. */
  integers(dims: readonly number[], data: ArrayLike<number>, key?: string): Value {
    return this.#constant('int64', dims, () => bytesOf(BigInt64Array.from(Array.from(data), BigInt)), key);
  }

  /** A constant list of a few integers: axes, a shape. */
  list(...numbers: number[]): Value {
    return this.integers([numbers.length], numbers, `list ${numbers.join(' ')}`);
  }

  /** A constant single number. */
  number(value: number): Value {
    return this.floats([], [value], `number ${value}`);
  }

  /** `reshape` to dims, of which one may be −1. */
  reshape(x: Value, ...dims: number[]): Value {
    return this.op('Reshape', [x, this.list(...dims)]);
  }

  transpose(x: Value, ...perm: number[]): Value {
    return this.op('Transpose', [x], { perm });
  }

  input(name: Value, type: keyof typeof TYPE, dims: Dimensions, docString?: string): Value {
    this.#inputs.push(infoOf(name, type, dims, docString));
    return name;
  }

  /** An input that need not be given: it then is `data`. */
  inputWithDefault(
    name: Value,
    type: 'float32' | 'int64',
    dims: readonly number[],
    data: ArrayLike<number>,
    docString?: string,
  ): Value {
    const rawData =
      type === 'float32'
        ? bytesOf(Float32Array.from(data))
        : bytesOf(BigInt64Array.from(Array.from(data), BigInt));
    this.#constants.set(`input ${name}`, { name, dims, dataType: TYPE[type], rawData });
    return this.input(name, type, dims, docString);
  }

  output(name: Value, value: Value, type: keyof typeof TYPE, dims: Dimensions, docString?: string): void {
    this.#nodes.push({
      name: this.#fresh('Output'),
      opType: 'Identity',
      input: [value],
      output: [name],
      attribute: [],
    });
    this.#outputs.push(infoOf(name, type, dims, docString));
  }

  proto(): GraphProto {
    return {
      name: this.name,
      node: this.#nodes,
      initializer: [...this.#constants.values()],
      input: this.#inputs,
      output: this.#outputs,
    };
  }

  #fresh(type: string): Value {
    return `${type}_${this.names.next++}`;
  }

  #constant(
    type: 'float32' | 'int64',
    dims: readonly number[],
    bytes: () => Uint8Array,
    key?: string,
  ): Value {
    const own = key === undefined ? undefined : `${type} ${key}`;
    const before = own === undefined ? undefined : this.#constants.get(own);
    if (before) return before.name;
    const name = this.#fresh('Constant');
    this.#constants.set(own ?? name, { name, dims, dataType: TYPE[type], rawData: bytes() });
    return name;
  }
}

const bytesOf = (data: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function infoOf(
  name: string,
  type: keyof typeof TYPE,
  dims: Dimensions,
  docString: string | undefined,
): ValueInfoProto {
  const dim = dims.map((one) => (typeof one === 'number' ? { dimValue: one } : { dimParam: one }));
  return {
    name,
    ...(docString !== undefined && { docString }),
    type: { tensorType: { elemType: TYPE[type], shape: { dim } } },
  };
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.string, s: new TextEncoder().encode(value) };
  if (value instanceof Graph) return { name, type: ATTRIBUTE.graph, g: value.proto() };
  if ('float' in value) return { name, type: ATTRIBUTE.float, f: value.float };
  return { name, type: ATTRIBUTE.ints, ints: value };
}
