import { emitKeypressEvents } from 'node:readline';
import type { FaultProxy } from './fault-proxy.js';
import { type Faults, NO_FAULTS, describeFaults } from './fault.js';

/** The keys of the terminal: the fault that each switches on and off, and its amount. */
const KEYS: Record<string, [name: keyof Faults, amount: number]> = {
  t: ['throttle', 0.2],
  r: ['record', 0.2],
  e: ['error', 0.2],
  l: ['responseLost', 0.2],
  d: ['delayMs', 500],
  o: ['offline', 1],
};

const KEYS_HELP = 'keys: t throttle, r fail records, e errors, l lose answers, d delay, o offline, c clear, q quit';

/** Prints which keys of the terminal switch faults, and listens to them. Does nothing without a terminal. */
export function listenToKeys(proxy: FaultProxy, say: (line: string) => void, quit: () => void): void {
  if (!process.stdin.isTTY) return;
  say(KEYS_HELP);
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  process.stdin.on('keypress', (_, { name, ctrl }: { name?: string; ctrl?: boolean }) => {
    if (name === 'q' || (ctrl && name === 'c')) return quit();
    const faults = name === 'c' ? NO_FAULTS : switched(proxy.faults, name ?? '');
    if (!faults) return say(KEYS_HELP);
    proxy.faults = faults;
    say(`faults: ${describeFaults(faults)}`);
  });
}

function switched(faults: Faults, key: string): Faults | undefined {
  const found = KEYS[key];
  if (!found) return undefined;
  const [name, amount] = found;
  return { ...faults, [name]: faults[name] > 0 ? 0 : amount };
}
