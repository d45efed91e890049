/**
 * The shop in a frame of its own, which is a tab in all that matters: its own script, memory and requests. To kill it is to take
 * the frame away while nothing in it is reported that it goes.
 */
import { element } from '../element.js';

const REOPEN_MS = 2500;
const SHOP = 'shop/';
/** The messages that describe the tab itself, not its events. */
const OF_TAB = new Set(['opened', 'rush', 'stats']);

export class ShopWindow {
  #box;
  #grave;
  /** @type {HTMLIFrameElement | undefined} */
  #frame;
  /** The number of the tab that is open. What a tab before it has sent may arrive after its end. */
  #tab = 0;
  #settings;
  #channel;
  #timer;
  #on;
  /** Whether the shop hears what is posted to it. */
  #hears = false;
  /** The rush hour that was asked for while it did not. @type {{ please: string, perSecond: number, seconds: number } | undefined} */
  #rush;
  /** Where the shop was when it was last seen. @type {string | undefined} */
  #address;

  /**
   * @param {HTMLElement} box
   * @param {HTMLElement} grave shown in place of a shop that was killed
   * @param {{ channel: string, accessKeyId: string, way: string, isOffline: boolean }} settings what the shop is reported in its frame's name
   * @param {{ message(message: any): void, killed(): void }} on
   */
  constructor(box, grave, settings, on) {
    this.#box = box;
    this.#grave = grave;
    this.#settings = settings;
    this.#on = on;
    this.#channel = new BroadcastChannel(settings.channel);
    this.#channel.addEventListener('message', ({ data }) => {
      if (OF_TAB.has(data.type) && data.tab !== this.#tab) return;
      // What was switched while it was loading it has not heard.
      if (data.type === 'opened') this.#opened();
      on.message(data);
    });
    grave.querySelector('button').addEventListener('click', () => this.open());
  }

  /** @param {string} [address] the shop's start, or where it was */
  open(address = this.#address ?? SHOP) {
    clearTimeout(this.#timer);
    this.#hears = false;
    this.#frame?.remove();
    this.#grave.hidden = true;
    this.#tab++;
    this.#frame = element('iframe', { name: JSON.stringify({ ...this.#settings, tab: this.#tab }), src: address, title: 'The shop' });
    this.#box.append(this.#frame);
  }

  /** Its script ends here and now, as in a crash: no listener for the end of the page runs, and every request without `keepalive` is dropped. */
  kill() {
    if (!this.#frame) return;
    const shop = this.#frame.contentWindow;
    this.#address = shop.location.href.startsWith('http') ? shop.location.href : SHOP;
    shop.crashed = true;
    this.#hears = false;
    this.#rush = undefined;
    this.#frame.remove();
    this.#frame = undefined;
    this.#tab++;
    this.#grave.hidden = false;
    this.#on.killed();
    this.#timer = setTimeout(() => this.open(), REOPEN_MS);
  }

  /**
   * Opens the shop again with other settings. The old page runs its listeners for `pagehide`.
   * @param {Partial<{ accessKeyId: string, way: string }>} settings
   */
  change(settings) {
    Object.assign(this.#settings, settings);
    this.#address = this.#frame?.contentWindow.location.href ?? this.#address;
    this.open();
  }

  /** @param {number} perSecond @param {number} seconds */
  rush(perSecond, seconds) {
    this.#rush = { please: 'rush', perSecond, seconds };
    this.#askForRush();
  }

  /** @param {boolean} isOffline */
  offline(isOffline) {
    this.#settings.isOffline = isOffline;
    this.#channel.postMessage({ please: 'offline', isOffline });
  }

  #opened() {
    this.#hears = true;
    this.offline(this.#settings.isOffline);
    this.#askForRush();
  }

  #askForRush() {
    if (!this.#hears || !this.#rush) return;
    this.#channel.postMessage(this.#rush);
    this.#rush = undefined;
  }
}
