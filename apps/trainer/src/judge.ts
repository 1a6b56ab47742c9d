import { normalizeImageNet, type RgbImage } from '@pyramid-mamba/data';
import { imageTensor, judge as judgeTensor, type Judged, type PyramidMamba } from '@pyramid-mamba/model';

export type Judgement = Judged;

/** Judges pictures of the model's input size, all in one batch. */
export async function judge(model: PyramidMamba, pictures: readonly RgbImage[]): Promise<Judgement[]> {
  const images = imageTensor(pictures.map(normalizeImageNet), model.config.inputSize);
  return judgeTensor(model, images).finally(() => images.dispose());
}
