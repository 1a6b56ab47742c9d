import { encoderFamilies } from '../../encoders/registry.js';
import { FormatError } from '../../errors.js';

/** Prefix of the encoder in the authors' checkpoints, which have more than an encoder and keep it. */
const AUTHORS = 'net_t.';
/** The copy that self-supervised training means to be used, where it keeps two. */
const PREFERRED = ['teacher.', 'encoder_q.', 'online_encoder.', 'base_encoder.', 'ema.'];

/** What wrappers of a whole network put before every name. */
const WRAPPERS = ['module.', '_orig_mod.'];

/** Without the prefixes of wrappers that all names have. */
function withoutWrapper<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const names = [...tensors.keys()];
  const wrapper = WRAPPERS.find(
    (prefix) => names.length > 0 && names.every((name) => name.startsWith(prefix)),
  );
  if (wrapper === undefined) return new Map(tensors);
  return withoutWrapper(new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor])));
}

const withoutAuthors = (prefix: string): string =>
  prefix.endsWith(AUTHORS) ? prefix.slice(0, -AUTHORS.length) : prefix;

/**
 * Tensors by the names an encoder has in its library (a ResNet in torchvision), whatever was put before them: `module.` (DataParallel), `_orig_mod.`
 * (torch.compile), `model.`, `backbone.`, `encoder.` and the like, also several. Tensors without that prefix are left out. Where
 * there is no encoder, only the prefixes of wrappers go that all names have.
 *
 * @throws FormatError where there are several encoders and none is known to be the one
 */
export function withoutPrefix<T>(tensors: ReadonlyMap<string, T>, where: string): Map<string, T> {
  const prefixes = encoderFamilies().flatMap(({ marks: [first, ...others] }) =>
    [...tensors.keys()]
      .filter((name) => name.endsWith(first))
      .map((name) => name.slice(0, -first.length))
      .filter((prefix) => others.every((mark) => tensors.has(prefix + mark))),
  );
  const found = [...new Set(prefixes.map(withoutAuthors))];
  if (found.includes('')) return new Map(tensors);
  if (found.length === 0) return withoutWrapper(tensors);
  const preferred = PREFERRED.map((end) => found.find((prefix) => prefix.endsWith(end)));
  const prefix = found.length === 1 ? found[0] : preferred.find((one) => one !== undefined);
  if (prefix === undefined)
    throw new FormatError(
      `${where} holds several networks (${found.join(', ')}); save the one to use in a file of its own.`,
    );
  const out = new Map<string, T>();
  for (const [name, tensor] of tensors)
    if (name.startsWith(prefix)) out.set(name.slice(prefix.length), tensor);
  return out;
}
