import { Worker, type ResourceLimits } from 'node:worker_threads';

/** Without our environment, arguments or standard streams: what is done there has no business with them. */
export function startThread(
  file: URL,
  options: { workerData?: unknown; resourceLimits?: ResourceLimits } = {},
): Worker {
  return new Worker(file, { ...options, env: {}, argv: [], execArgv: [], stdout: true, stderr: true });
}
