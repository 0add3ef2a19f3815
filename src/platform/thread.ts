import { Worker, type ResourceLimits } from 'node:worker_threads';

/** The file of a thread, beside the module that starts it: source as it stands, or compiled. */
export function threadFile(module: string, name: string): URL {
  return new URL(`./${name}.${module.endsWith('.ts') ? 'ts' : 'js'}`, module);
}

/** Without our environment, arguments or standard streams: what is done there has no business with them. */
export function startThread(
  file: URL,
  options: { workerData?: unknown; resourceLimits?: ResourceLimits } = {},
): Worker {
  return new Worker(file, { ...options, env: {}, argv: [], execArgv: [], stdout: true, stderr: true });
}
