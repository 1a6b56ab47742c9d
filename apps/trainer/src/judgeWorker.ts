// A worker thread that judges pictures: see threads/judgeWork.ts for what it is asked.
import { parentPort, workerData } from 'node:worker_threads';
import { pickBackend } from './backend.js';
import { failedBy, type Failed } from './threads/failure.js';
import { JudgeDesk } from './threads/judgeDesk.js';
import type { JudgeReply, JudgeTask } from './threads/judgeWork.js';

const port = parentPort!;
const { backend, cores } = workerData as { backend: string; cores: number };
const reply = (message: JudgeReply | Failed): void => port.postMessage(message);
const fail = (error: unknown): void => reply(failedBy(error));

const desk = new JudgeDesk();
const take = async (task: JudgeTask): Promise<void> => reply({ kind: 'done', answer: await desk.take(task) });

pickBackend(backend, cores).then(() => reply({ kind: 'ready' }), fail);
port.on('message', (task: JudgeTask) => void take(task).catch(fail));
