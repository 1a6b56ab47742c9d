/** Whether `import('NAME')` failed because the package is not installed, rather than because it does not load. */
export function isAbsent(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  // Node names the missing package, which may also be a dependency of NAME
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
