// A worker thread that judges pictures: see threads/judgeWork.ts for what it is asked.
import { parentPort, workerData } from 'node:worker_threads';
import { normalizedPicture } from '@pyramid-mamba/data';
import { Inspector, measureEach, sendable } from '@pyramid-mamba/inspect';
import { createEncoder, detectorFrom, encodeHalves, type Detector, type Encoder } from '@pyramid-mamba/model';
import { pickBackend } from './backend.js';
import { NEXT } from './terminal/nextSteps.js';
import { failedBy, type Failed } from './threads/failure.js';
import type { JudgeReply, JudgeTask, JudgeWork } from './threads/judgeWork.js';

const port = parentPort!;
const { backend } = workerData as { backend: string };
const reply = (message: JudgeReply | Failed): void => port.postMessage(message);
const fail = (error: unknown): void => reply(failedBy(error));

let model: Detector | undefined;
let inspector: Inspector | undefined;
let encoder: Encoder | undefined;

type Work = {
  [Name in keyof JudgeWork]: (
    task: JudgeWork[Name]['task'],
  ) => JudgeWork[Name]['answer'] | Promise<JudgeWork[Name]['answer']>;
};

const WORK: Work = {
  model({ copy, info }) {
    model?.dispose();
    encoder?.dispose();
    encoder = undefined;
    model = detectorFrom(copy);
    inspector = info && new Inspector(model, info, NEXT);
    return null;
  },
  encoder({ config, weights }) {
    encoder?.dispose();
    encoder = createEncoder(config, weights);
    return null;
  },
  measure: async ({ pictures, leftOut }) => sendable(await measureEach(model!, pictures, NEXT, leftOut)),
  judge: async (pictures) => sendable(await inspector!.judge(pictures)),
  encode: ({ picture, input, where }) => encodeHalves(encoder!, normalizedPicture(picture), input, where),
};

async function take({ name, task }: JudgeTask): Promise<void> {
  // the names and their tasks belong together
  const work = WORK[name] as (task: JudgeTask['task']) => unknown;
  reply({ kind: 'done', answer: await work(task) });
}

pickBackend(backend).then(() => reply({ kind: 'ready' }), fail);
port.on('message', (task: JudgeTask) => void take(task).catch(fail));
