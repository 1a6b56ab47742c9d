import { normalizeImageNet, type RgbImage } from '@pyramid-mamba/data';
import {
  imageTensor,
  judge as judgeTensor,
  NumericError,
  requireSoundJudgement,
  type Judged,
  type PyramidMamba,
} from '@pyramid-mamba/model';

export type Judgement = Judged;

/** Judges pictures of the model's input size, all in one batch. Throws a NumericError if the network computed invalid numbers. */
export async function judge(model: PyramidMamba, pictures: readonly RgbImage[]): Promise<Judgement[]> {
  const judged = await judgeEach(model, pictures);
  return judged.map((one) => {
    if (one instanceof NumericError) throw one;
    return one;
  });
}

/** Like `judge`, with the NumericError in place of each affected picture. */
export async function judgeEach(
  model: PyramidMamba,
  pictures: readonly RgbImage[],
): Promise<(Judgement | NumericError)[]> {
  const images = imageTensor(pictures.map(normalizeImageNet), model.config.inputSize);
  try {
    return (await judgeTensor(model, images)).map(sound);
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    // one picture's invalid numbers must not affect the others' verdicts
    if (pictures.length === 1) return [told(error)];
    const alone: (Judgement | NumericError)[] = [];
    for (const picture of pictures) alone.push(...(await judgeEach(model, [picture])));
    return alone;
  } finally {
    images.dispose();
  }
}

function sound(judged: Judged): Judgement | NumericError {
  try {
    requireSoundJudgement(judged);
    return judged;
  } catch (error) {
    if (error instanceof NumericError) return told(error);
    throw error;
  }
}

const told = (error: NumericError): NumericError =>
  new NumericError(
    `${error.message}; the model file is damaged or the device failed: try another --backend or train again`,
    {
      cause: error,
    },
  );
