// Finds WebKitGTK's driver and the X server that its browser draws on, or installs them where that is possible.
import { findBrowser } from './browser.mjs';

/** The path of WebKitWebDriver; `xvfb-run` is there too. */
export async function findWebKit() {
  const packages = ['webkit2gtk-driver', 'xvfb', 'xauth'];
  await findBrowser({ name: 'The X server of WebKitGTK', variable: 'XVFB_RUN_PATH', programs: ['xvfb-run'], packages });
  return findBrowser({ name: 'WebKitGTK', variable: 'WEBKIT_DRIVER_PATH', programs: ['WebKitWebDriver'], packages });
}
