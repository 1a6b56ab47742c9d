/** Whether `import('NAME')` failed because the package is not installed, rather than because it does not load. */
export function isAbsent(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  // Node names the package, and so tells it from a package that it asks for itself
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
