/** Whether a browser may be opened: a person sits at this machine's screen. */
export function hasScreen(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, isTTY: boolean): boolean {
  if (!isTTY || env['CI'] || env['SSH_CONNECTION']) return false;
  return platform === 'win32' || platform === 'darwin' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/** Opens an address in the default browser. Resolves to whether it could be started; never rejects. */
export async function openBrowser(address: string): Promise<boolean> {
  try {
    const { default: open } = await import('open');
    const child = await open(address);
    // the program may still be missing
    child.once('error', () => undefined);
    return true;
  } catch {
    return false;
  }
}
