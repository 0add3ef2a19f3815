/** What a thread or process is started with, beside the module that starts it: source as it stands, or compiled. */
export function moduleBeside(module: string, name: string): URL {
  return new URL(`./${name}.${module.endsWith('.ts') ? 'ts' : 'js'}`, module);
}
