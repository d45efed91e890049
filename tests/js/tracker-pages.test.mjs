/** The tracker in hostile pages: what is typed, clobbered names, wrong arguments, dying databases. In Chromium (CHROME_PATH). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listen } from './listen.mjs';
import { openChromium } from './tracker/chromium.mjs';
import { until } from './tracker/shop.mjs';
import { arrived, backToCached, ids, names, openShops, visit, withPageCache } from './tracker/shops.mjs';

const QUIET = { autoTrack: false };
const CLICKS = { autoTrack: { pageViews: false, engagement: false, scroll: false } };

let shops;
let chromium;
before(async () => {
  shops = await openShops();
  chromium = await openChromium();
});
after(async () => {
  await chromium?.close();
  await shops?.stop();
});

/** A page with this body, clicks on what has the class `click`, and the events that come of it. */
async function clicked(body, options = CLICKS, count = undefined) {
  const { shop, read } = await shops.collectedShop(options);
  const tab = await visit(chromium, shop.url);
  await tab.run(`addEventListener('click', (event) => event.preventDefault()), document.body.innerHTML = ${JSON.stringify(body)}, null`);
  const clicks = await tab.run(`Document.prototype.querySelectorAll.call(document, '.click').length`);
  for (let index = 0; index < clicks; index += 1) {
    await tab.run(`Document.prototype.querySelectorAll.call(document, '.click')[${index}].dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true, cancelable: true })), null`);
  }
  await tab.run('tracker.flush().then(() => null)');
  const events = await arrived(read, count ?? clicks);
  const state = await tab.run('state');
  await tab.page.close();
  return { events, properties: events.map(({ properties }) => properties), state };
}

describe('what is typed, and who it is', () => {
  test('no text of an address of mail or telephone, of what is editable or computed from fields', async () => {
    const { events } = await clicked(`
      <a class="click" href="mailto:ada@example.com">Ada Lovelace typed</a><a class="click" href="tel:123">typed</a><a class="click" href="sms:123">typed</a>
      <div contenteditable><a class="click" href="/x">typed</a><button class="click">typed</button></div>
      <button class="click"><span contenteditable="plaintext-only">typed</span><output>typed</output><span role="textbox">typed</span><select><option>typed</option></select>fine</button>
      <input class="click" type="submit" value="Send"><a class="click" href="/x">Write to ada@example.com</a>`);
    assert.equal(events.length, 8);
    assert.doesNotMatch(JSON.stringify(events), /typed|Lovelace|ada@example/);
    const texts = events.map(({ properties }) => properties.text);
    assert.deepEqual(texts.slice(5), ['fine', 'Send', 'Write to redacted']);
  });

  test('no text that a script or a style sheet makes editable, that a slot shows of editable content, or of a widget that has a value', async () => {
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`document.body.innerHTML = '<div id="context" data-track="1">typed</div><div data-track="2"><p id="inner">typed</p>fine</div>' +
      '<div class="writable" data-track="3">typed</div><div data-track="4">fine<p class="writable"><b>typed</b></p></div>' +
      '<div contenteditable><x-note>typed</x-note></div><div role="textbox"><x-note><b>typed</b></x-note></div>' +
      ['spinbutton', 'slider', 'listbox', 'option'].map((role) => '<div data-track="6" role="' + role + '">typed</div>').join('') +
      '<input type="image" value="typed" alt="Find" data-track="7">', null`);
    await tab.run(`customElements.define('x-note', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<button data-track="5">Save <slot></slot></button>' } }),
      document.querySelectorAll('.writable').forEach((element) => (element.style.webkitUserModify = 'read-write-plaintext-only')),
      document.querySelector('#context').editContext = new EditContext(), document.querySelector('#inner').editContext = new EditContext(),
      [...document.querySelectorAll('[data-track]'), ...[...document.querySelectorAll('x-note')].map((note) => note.shadowRoot.querySelector('button'))].forEach((element) => element.click()), tracker.flush().then(() => null)`);
    const events = await arrived(read, 11);
    assert.deepEqual(events.map(({ event, properties: { text } }) => [event, text]), [
      ['1', undefined], ['2', 'fine'], ['3', undefined], ['4', 'fine'], ['6', undefined], ['6', undefined], ['6', undefined], ['6', undefined], ['7', 'Find'], ['5', 'Save'], ['5', 'Save'],
    ]);
    await tab.page.close();
  });

  test('URLs go without user info, secrets and e-mail addresses: of the page, its referrer, links, forms, errors and campaigns', async () => {
    const { shop, read } = await shops.collectedShop({ autoTrack: { errors: true, forms: true } });
    const secret = '?token=s3cret&q=shoes&resetPassword=s3cret&user=ada%40example.com&utm_source=ada@example.com&keyword=red#access_token=s3cret';
    const tab = await visit(chromium, `${shop.url}${secret}`);
    await tab.run(`document.addEventListener('click', (event) => event.target.id === 'x' && event.preventDefault()), document.addEventListener('submit', (event) => event.preventDefault()), document.title = 'Mail for ada@example.com',
      document.body.innerHTML = '<a id="x" href="http://ada:s3cret@localhost:9/a?api_key=s3cret&ok=1">x</a><form action="/of/ada@example.com"><button id="y">y</button></form>', null`);
    await tab.click('#x');
    await tab.click('#y');
    await tab.run(`setTimeout(() => { throw new Error('GET http://ada:s3cret@host/x?token=s3cret was refused') }), null`);
    await tab.run(`history.pushState({}, '', '/shop/next'), new Promise((done) => setTimeout(done, 50))`);
    await tab.run('tracker.flush().then(() => null)');
    const events = await arrived(read, 6);
    assert.doesNotMatch(JSON.stringify(events), /s3cret|ada(@|%40|:)/);
    const { url, search } = events[0].context.page;
    assert.equal(search, '?token=redacted&q=shoes&resetPassword=redacted&user=redacted&utm_source=redacted&keyword=red');
    assert.equal(url, `${shop.url}${search}#access_token=redacted`);
    assert.equal(events.find(({ event }) => event === 'click').properties.href, 'http://localhost:9/a?api_key=redacted&ok=1');
    assert.match(events.find(({ event }) => event === 'form_submit').properties.action, /\/of\/redacted$/);
    assert.equal(events.find(({ event }) => event === 'error').properties.message, 'GET http://host/x?token=redacted was refused');
    await tab.page.close();
  });

  test('parameters that log a visitor in by themselves are redacted', async () => {
    const { shop, read } = await shops.collectedShop({ autoTrack: { engagement: false } });
    const secrets = ['ticket', 'SAMLResponse', 'SAMLart', 'assertion', 'client_assertion', 'magic', 'magicLink', 'reset', 'invite', 'inviteId', 'verification', 'email_verification', 'csrf', '_csrf', 'xsrf'];
    const fine = ['tickets', 'magical', 'preset', 'invited', 'color'];
    const query = (value) => secrets.map((name) => `${name}=${value}`).join('&');
    const others = fine.map((name) => `${name}=1`).join('&');
    // Also in the value of another parameter, and with what may follow an address in a text.
    const nested = (value) => `next=/reset?token=${value}&back=${encodeURIComponent(`/x?code=${value}`)}`;
    const tab = await visit(chromium, `${shop.url}?${query('s3cret')}&password=s3)c;r'et&${others}&${nested('s3cret')}&deep=${'?deep='.repeat(1000)}s3cret`);
    await tab.run('tracker.flush().then(() => null)');
    const [{ context }] = await arrived(read, 1);
    assert.equal(context.page.search, `?${query('redacted')}&password=redacted&${others}&${nested('redacted')}&deep=${'?deep='.repeat(8)}redacted`);
    await tab.page.close();
  });

  test('redact: other parameters and patterns, or false', async () => {
    const pageOf = async (redact) => {
      const { shop, read } = await shops.collectedShop({ redact, autoTrack: { engagement: false } });
      const tab = await visit(chromium, `${shop.url}?Card=4711&token=t&mail=ada@example.com`);
      await tab.run('tracker.flush().then(() => null)');
      const [{ context }] = await arrived(read, 1);
      await tab.page.close();
      return context.page.search;
    };
    assert.equal(await pageOf({ parameters: ['card'] }), '?Card=redacted&token=t&mail=redacted');
    assert.equal(await pageOf(false), '?Card=4711&token=t&mail=ada@example.com');
  });
});

describe('quirks of pages', () => {
  test('what is hidden within a button is not read: by its attribute or a style sheet, but the title of a picture is', async () => {
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    const body = `<button><span hidden>hid</span>Go</button><button><b class="none">hid <i>hid</i></b><b hidden class="shown">Go</b> on</button>
      <button><svg class="none"><title>hid</title></svg><svg><title>Cart</title><path/></svg></button><i id="label" hidden>Label<b hidden>hid</b></i><button aria-labelledby="label">x</button>`;
    await tab.run(`globalThis.styles = new CSSStyleSheet(), styles.replaceSync('.none { display: none } .shown { display: inline }'), document.adoptedStyleSheets = [styles], document.body.innerHTML = ${JSON.stringify(body)}, null`);
    await tab.run(`document.querySelectorAll('button').forEach((button) => button.click()), tracker.flush().then(() => null)`);
    assert.deepEqual((await arrived(read, 4)).map(({ properties: { text } }) => text), ['Go', 'Go on', 'Cart', 'Label']);
    await tab.page.close();
  });

  test('a click throws nothing where selectors with a namespace are refused, as in happy-dom, and links of an SVG are found', async () => {
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.thrown = [], addEventListener('error', ({ message }) => thrown.push(message)), globalThis.known = Element.prototype.matches, Element.prototype.matches = function (selector) { if (selector.includes('|')) throw new DOMException('not a valid selector', 'SyntaxError'); return known.call(this, selector) }, null`);
    await tab.run(`addEventListener('click', (event) => event.preventDefault()), document.body.innerHTML = '<a id="html" href="/x">Html</a><a id="none">None</a><svg><a id="new" href="/y"><title>New</title></a><a id="old" xlink:href="/z"><title>Old</title></a></svg>', null`);
    for (const id of ['html', 'none', 'new', 'old']) await tab.run(`document.getElementById('${id}').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })), null`);
    await tab.run('tracker.flush().then(() => null)');
    const events = await arrived(read, 3);
    assert.deepEqual(events.map(({ properties: { text, href } }) => [text, new URL(href).pathname]), [['Html', '/x'], ['New', '/y'], ['Old', '/z']]);
    assert.deepEqual(await tab.run('thrown'), []);
    await tab.page.close();
  });

  test('fields, images and forms whose names hide members of forms and of the document', async () => {
    const names = ['matches', 'dataset', 'getAttribute', 'localName', 'firstChild', 'closest', 'getAttributeNames', 'addEventListener', 'shadowRoot'];
    const hidden = ['title', 'URL', 'referrer', 'hidden', 'documentElement', 'baseURI', 'addEventListener', 'body'];
    const { properties, state, events } = await clicked(`
      ${hidden.map((name) => `<img name="${name}"><form name="${name}"></form>`).join('')}
      <form data-track="form" class="click" id="f">${names.map((name) => `<input name="${name}">`).join('')}<button class="click">Go</button></form>`);
    assert.deepEqual(properties, [{ element: 'form', id: 'f', text: 'Go' }, { element: 'button', text: 'Go' }]);
    assert.deepEqual(state.errors, []);
    assert.deepEqual(events.map(({ context }) => context.page.title), ['Shop', 'Shop']);
  });

  test('names as a screen reader has them: labels, buttons, images, slots, components, links of an SVG', async () => {
    const { properties } = await clicked(`
      <button class="click" aria-label="Close">×</button><input class="click" type="button" value="Add"><input class="click" type="image" alt="Find">
      <a class="click" href="/a"><img alt="Home"></a><svg><a class="click" href="/svg"><title>Chart</title><path/></a></svg><button class="click" title="Menu"></button>
      <div><template shadowrootmode="open"></template></div>`);
    assert.deepEqual(properties.map(({ text }) => text), ['Close', 'Add', 'Find', 'Home', 'Chart', 'Menu']);
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`customElements.define('x-buy', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<button>Buy <slot>nothing</slot></button>' } }), document.body.innerHTML = '<x-buy data-track="buy">a <b>hat</b></x-buy>', null`);
    await tab.run(`document.querySelector('x-buy').click(), document.querySelector('x-buy').shadowRoot.querySelector('button').click(), tracker.flush().then(() => null)`);
    assert.deepEqual((await arrived(read, 2)).map(({ properties: { text } }) => text), ['Buy a hat', 'Buy a hat']);
    await tab.page.close();
  });

  test('aria-labelledby: several ids, its own among them, hidden ones, ids of a shadow tree, and nothing that is typed or private', async () => {
    const { properties, state } = await clicked(`
      <h2 id="file">Report.pdf</h2><span id="hidden" hidden>Remove <i aria-hidden="true">×</i></span><input id="typed" value="typed"><div contenteditable><b id="written">typed</b></div><i id="private" data-private aria-label="typed">typed</i>
      <button class="click" aria-labelledby="hidden missing file">×</button><button class="click" id="self" aria-label="Remove" aria-labelledby="self  file">×</button>
      <a class="click" href="/x" aria-label="Open" aria-labelledby="missing">x</a><button class="click" aria-label="Send" aria-labelledby="typed written private">x</button>
      <button class="click" aria-labelledby="typed written private">Plain</button><input class="click" type="submit" value="Order" aria-labelledby="file"><svg><a class="click" href="/svg" aria-labelledby="file"><path/></a></svg>`);
    assert.deepEqual(properties.map(({ text }) => text), ['Remove Report.pdf', 'Remove Report.pdf', 'Open', 'Send', 'Plain', 'Report.pdf', 'Report.pdf']);
    assert.deepEqual(state.errors, []);
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`customElements.define('x-row', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<b id="row">of the shadow tree</b><button aria-labelledby="row">x</button>' } }), document.body.innerHTML = '<b id="row">of the page</b><x-row></x-row>', null`);
    await tab.run(`document.querySelector('x-row').shadowRoot.querySelector('button').click(), tracker.flush().then(() => null)`);
    assert.deepEqual((await arrived(read, 1)).map(({ properties: { text } }) => text), ['of the shadow tree']);
    await tab.page.close();
  });

  test('what a click is within: labels of icons are read, what no screen reader says is not, nor what is within a written text', async () => {
    const { properties } = await clicked(`
      <button class="click"><i aria-label="Cart"></i> 3</button><button class="click"><span aria-hidden="true">×</span><span>Close</span></button>
      <div class="click" data-track="click"><form><input name="nextSibling"><input name="firstChild"></form>after<input type="submit" value=" Go"></div>
      <output><button class="click">typed</button></output><div role="textbox"><a class="click" href="/x">typed</a></div><div contenteditable><svg><a class="click" href="/x"><text>typed</text></a></svg></div>`);
    assert.deepEqual(properties.map(({ text }) => text), ['Cart 3', 'Close', 'after Go', undefined, undefined, undefined]);
  });

  test('a click on a label counts once, and each click on it', async () => {
    const { shop, read } = await shops.collectedShop(CLICKS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`document.body.innerHTML = '<label id="l" data-track="agree">I agree <input id="i" type="checkbox"></label>', null`);
    for (const id of ['#l', '#l', '#i']) await tab.click(id);
    await tab.run('tracker.flush().then(() => null)');
    await tab.page.waitForTimeout(200);
    assert.deepEqual(names(await read()), ['agree', 'agree', 'agree']);
    await tab.page.close();
  });

  test('the time is asked of the own server, whatever <base> and the path say', async () => {
    const { shop, read } = await shops.directShop(QUIET, {}, { connect: `'self' ${shops.kinesis.endpoint}` });
    const tab = await visit(chromium, `${shop.endpoint}//elsewhere.example/shop`);
    await tab.run(`document.head.insertAdjacentHTML('afterbegin', '<base href="http://elsewhere.example/">'), tracker.track('x'), tracker.flush().then(() => null)`);
    assert.equal((await arrived(read, 1)).length, 1);
    assert.deepEqual((await tab.run('state')).violations, []);
    assert.ok(shop.requests.some((request) => request.startsWith('HEAD ')));
    await tab.page.close();
  });

  test('a collector by a relative URL, in a frame of srcdoc', async () => {
    const { shop } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { srcdoc: '<p>' })), new Promise((done) => (frame.onload = () => done(null)))`);
    await tab.run(`frame.contentWindow.eval ? null : null`);
    const frame = tab.page.frames().find((one) => one !== tab.page.mainFrame());
    await frame.evaluate(`import('/dist/tracker.js').then(({ createTracker }) => { globalThis.tracker = createTracker({ collectorUrl: '/collect', dropBots: false, autoTrack: false }); tracker.track('framed') })`);
    assert.ok(await until(() => shop.requests.includes('POST /collect')));
    await tab.page.close();
  });

  test('a misspelt option is refused by its name', async () => {
    const { shop } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    const refused = (options) => tab.run(`import('/dist/tracker.js').then(({ createTracker }) => { try { createTracker({ collectorUrl: '/c', ${options} }); return 'taken' } catch ({ code, message }) { return code + ' ' + message } })`);
    assert.match(await refused('requireconsent: true'), /^ERR_INVALID_ARGUMENT requireconsent is not an option of createTracker: write requireConsent$/);
    for (const host of ['events.example.com', 'events.example.com/collect']) assert.match(await refused(`collectorUrl: '${host}'`), /^ERR_INVALID_ARGUMENT collectorUrl must begin with https:/);
    for (const host of ['127.0.0.1:8788', '127.0.0.1:8788/collect?k=hush', '10.0.0.1/collect', '[::1]:8788/collect', 'events.example.com:8443/collect?k=hush', 'localhost:8788/collect', 'localhost/collect', 'collector:80/collect', 'events.example.com?k=hush']) {
      const message = await refused(`collectorUrl: '${host}'`);
      assert.match(message, /^ERR_INVALID_ARGUMENT collectorUrl must begin with https:\/\/ or a slash/);
      assert.doesNotMatch(message, /hush/);
    }
    const { origin, pathname } = new URL(shop.url);
    assert.ok((await refused(`collectorUrl: '127.0.0.1:8788/collect?k=hush'`)).endsWith(`: it means ${origin}${pathname.replace(/[^/]*$/, '')}127.0.0.1:8788/collect`));
    for (const path of ['collect', 'collect.php', './v1.0/collect', 'v1.0/collect', '/events.example.com']) assert.equal(await refused(`collectorUrl: '${path}'`), 'taken');
    assert.match(await refused('redact: { params: [] }'), /^ERR_INVALID_ARGUMENT redact.params/);
    assert.match(await refused('redact: { patterns: ["x"] }'), /^ERR_INVALID_ARGUMENT redact.patterns/);
    const ofFrame = 'new (document.body.appendChild(document.createElement("iframe")).contentWindow.RegExp)("x")';
    assert.equal(await refused(`redact: { patterns: [${ofFrame}] }`), 'taken');
    assert.match(await refused('logger: "console"'), /^ERR_INVALID_ARGUMENT logger must be/);
    await tab.page.close();
  });

  test('a collectorUrl with a user name, or of another type, is refused, and so is a number that is a text', async () => {
    const { shop } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    const refused = (options) => tab.run(`import('/dist/tracker.js').then(({ createTracker }) => { try { createTracker({ collectorUrl: '/c', ${options} }); return 'taken' } catch ({ code, message }) { return code + ' ' + message } })`);
    for (const url of ['https://ada:s3cret@x/collect', 'https://ada@x/collect', '//:s3cret@x/collect']) {
      assert.equal(await refused(`collectorUrl: '${url}'`), 'ERR_INVALID_ARGUMENT collectorUrl must be an http(s) URL without a user name');
    }
    assert.equal(await refused('collectorUrl: 5'), 'ERR_INVALID_ARGUMENT collectorUrl must be a string, not of type Number');
    assert.equal(await refused(`sampleRate: '1'`), 'ERR_INVALID_ARGUMENT sampleRate must be a number, not of type String');
    assert.equal(await refused(`sessionTimeoutMinutes: '5'`), 'ERR_INVALID_ARGUMENT sessionTimeoutMinutes must be a number, not of type String');
    assert.match(await refused('sampleRate: NaN'), /^ERR_INVALID_ARGUMENT sampleRate must be a number from 0 to 1/);
    for (const good of ['', `collectorUrl: '?collect'`, `collectorUrl: 'https://x/a@b'`, 'sampleRate: 0', 'sampleRate: null']) assert.equal(await refused(good), 'taken');
    await tab.page.close();
  });

  test('an answer to consent that is neither true nor false goes to onError, and changes nothing', async () => {
    const ODD = `[undefined, null, 'yes', 0, {}].map((odd) => { try { tracker.consent(odd); return 'silent' } catch ({ code }) { return code } })`;
    const { shop, read } = await shops.collectedShop({ ...QUIET, requireConsent: true });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('before'), null`);
    assert.deepEqual(await tab.run(ODD), Array(5).fill('silent'));
    const { errors } = await tab.run('state');
    assert.deepEqual(errors.map((text) => text.replace(/type .*/, '')), Array(5).fill('ERR_INVALID_ARGUMENT: isGranted must be true or false, not of '));
    assert.deepEqual([(await read()).length, await tab.run('localStorage.length')], [0, 0]);
    await tab.run(`tracker.consent(true), null`);
    await tab.run(ODD);
    await tab.run(`tracker.track('after'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await arrived(read, 2)), ['before', 'after']);
    await tab.page.close();
    const debugged = await shops.collectedShop({ ...QUIET, debug: true });
    const strict = await visit(chromium, debugged.shop.url);
    assert.deepEqual(await strict.run(ODD), Array(5).fill('ERR_INVALID_ARGUMENT'));
    await strict.page.close();
  });

  test('properties whose content JSON leaves out go to onError, and their event is dropped', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    const whole = ['new Map([[1, 2]])', 'new Set([1])', 'new Date()', `new Error('lost')`, `Object.assign(new Error('lost'), { code: 7 })`, 'document.body', 'Promise.resolve({})', 'new (document.body.appendChild(document.createElement("iframe")).contentWindow.Map)()'];
    const nested = ['new Map([[1, 2]])', 'new Set([1])', `new Blob(['x'])`, 'Promise.resolve(1)', `new Error('lost')`, 'document.body', '[[new Map()]]'];
    for (const value of whole) await tab.run(`tracker.track('bad', ${value}), tracker.page('bad', ${value}), tracker.identify('ada', ${value}), tracker.setGlobalProperties(${value}), null`);
    for (const value of nested) await tab.run(`tracker.track('bad', { fine: {}, value: ${value} }), tracker.identify('ada', { deep: { value: ${value} } }), tracker.setGlobalProperties({ value: ${value} }), null`);
    const { errors } = await tab.run('state');
    assert.equal(errors.length, 4 * whole.length + 3 * nested.length, errors.join('\n'));
    assert.equal(errors[0], 'ERR_INVALID_ARGUMENT: properties must be a plain object, not of type Map');
    assert.equal(errors[2], 'ERR_INVALID_ARGUMENT: traits must be a plain object, not of type Map');
    assert.equal(errors[4 * whole.length], 'ERR_INVALID_ARGUMENT: properties must be a JSON value: properties.value must be a plain object, not of type Map');
    assert.match(errors[4 * whole.length + 1], /^ERR_INVALID_ARGUMENT: traits must be a JSON value: traits\.deep\.value must/);
    await tab.run(`class Product { sku = 'A' }; tracker.track('good', { at: new Date(0), empty: {}, none: Object.create(null), list: [], product: new Product(), url: new URL('https://x/') }), tracker.track('instance', new Product()), tracker.flush().then(() => null)`);
    const [good, instance] = await arrived(read, 2);
    assert.deepEqual(good.properties, { at: '1970-01-01T00:00:00.000Z', empty: {}, none: {}, list: [], product: { sku: 'A' }, url: 'https://x/' });
    assert.deepEqual([instance.properties, (await read()).length], [{ sku: 'A' }, 2]);
    await tab.page.close();
  });

  test('replay without a queue does nothing, and calls that a plain array has got are made', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.logged = [], console.error = (...line) => logged.push(line.join(' ')), import('/dist/tracker.js').then(({ replay }) => {
      document.body.innerHTML = '<p id="clicks">';
      for (const none of [undefined, null, window.clicks]) replay(tracker, none);
      const queue = [['track', 'first', { n: 1 }], { call: ['track', 'second'], at: 1, url: 'https://shop.example/then', title: 'Then' }, 'no call', ['missing'], ['track', 'third']];
      replay(tracker, queue), queue.push(['track', 'later']);
      return tracker.flush().then(() => null);
    })`);
    const events = await arrived(read, 4);
    assert.deepEqual(events.map(({ event, context }) => [event, context.page.title]), [['first', 'Shop'], ['second', 'Then'], ['third', 'Shop'], ['later', 'Shop']]);
    assert.deepEqual(events[0].properties, { n: 1 });
    assert.equal((await tab.run('logged')).length, 2);
    await tab.page.close();
  });

  test('odd values go to onError, and nothing is thrown into the page but with debug', async () => {
    const ODD = `[() => tracker.track(''), () => tracker.track('x', { get y() { throw new Error('no') } }), () => tracker.track('x', { big: 1n }), () => { const deep = {}; let at = deep; for (let i = 0; i < 100000; i += 1) at = at.a = {}; tracker.track('x', deep) },
      () => tracker.track('x', []), () => tracker.identify(7), () => tracker.setGlobalProperties('x'), () => tracker.page('')].map((call) => { try { call(); return 'silent' } catch ({ code }) { return code } })`;
    const { shop, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    assert.deepEqual(await tab.run(ODD), Array(8).fill('silent'));
    const { errors } = await tab.run('state');
    assert.equal(errors.length, 8, errors.join('\n'));
    assert.ok(errors.every((text) => text.startsWith('ERR_INVALID_ARGUMENT: ')), errors.join('\n'));
    await tab.run(`tracker.track('fine'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await arrived(read, 1)), ['fine']);
    await tab.page.close();
    const debugged = await shops.collectedShop({ ...QUIET, debug: true });
    const strict = await visit(chromium, debugged.shop.url);
    // What is too deep may only be noticed when it is sent.
    const thrown = (await strict.run(ODD)).toSpliced(3, 1);
    assert.deepEqual(thrown, Array(7).fill('ERR_INVALID_ARGUMENT'));
    await strict.page.close();
  });
});

describe('a page whose variables have the names of its window', () => {
  for (const [what, script] of [['var origin', `var origin = 'LHR'`], ['let origin', `let origin = 'LHR'`], ['let screen', 'let screen = null'], ['const innerWidth', 'const innerWidth = null, innerHeight = null, devicePixelRatio = null']]) {
    test(`${what}: events are tracked`, async () => {
      const { shop, collector, read } = await shops.collectedShop(QUIET, {}, { firstScript: script });
      const page = await chromium.context.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.goto(shop.url);
      assert.ok(await until(() => page.evaluate('globalThis.state?.started')), 'the shop has started');
      for (const url of [collector.url, '/collect']) await page.evaluate(`import('/dist/tracker.js').then(({ createTracker }) => { createTracker({ collectorUrl: '${url}', autoTrack: false }) })`);
      await page.evaluate(`tracker.track('fine'), tracker.flush().then(() => null)`);
      assert.equal((await arrived(read, 1))[0].context.screen.innerWidth, 1280);
      assert.deepEqual([errors, await page.evaluate('state.errors')], [[], []]);
      await page.close();
    });
  }

  test('a sandboxed frame, whose origin is null, takes an address', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`new Promise((done) => { const frame = Object.assign(document.createElement('iframe'), { src: '/frame', onload: () => done(null) }); frame.sandbox = 'allow-scripts'; document.body.append(frame) })`);
    const frame = tab.page.frames().find((one) => one.url().endsWith('/frame'));
    for (const url of [collector.url, '/collect']) await frame.evaluate(`(() => { KinesisEdge.createTracker({ collectorUrl: '${url}', autoTrack: false }) })()`);
    const answer = await frame.evaluate('origin');
    assert.equal(answer, 'null');
    await tab.page.close();
  });
});

describe('callbacks that track', () => {
  for (const [what, beforeSend] of [['rejects', 'async (event) => event'], ['throws', '(event) => event.properties.user.id'], ['tracks', `(event) => (tracker.track('again'), event)`]]) {
    test(`onError tracks, and beforeSend ${what}: the page does not freeze`, async () => {
      const { shop } = await shops.collectedShop({ ...QUIET, beforeSend: 'global' });
      const tab = await visit(chromium, shop.url);
      await tab.run(`import('/dist/tracker.js').then(({ createTracker }) => { globalThis.calls = 0, globalThis.tracker = createTracker({ collectorUrl: '/collect', dropBots: false, autoTrack: false, beforeSend: (event) => (calls += 1, (${beforeSend})(event)), onError: ({ message }) => tracker.track('tracker error', { message }) }) })`);
      await tab.run(`tracker.track('first'), null`);
      await tab.page.waitForTimeout(300);
      const calls = await tab.run('calls');
      assert.ok(calls > 0 && calls < 1000, `${calls} calls`);
      await tab.page.close();
    });
  }

  test('an event that beforeSend tracks while the page is left is sent too', async () => {
    const { shop, read } = await shops.collectedShop({ ...QUIET, beforeSend: 'global' });
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.beforeSend = (event) => (event.event === 'one' && tracker.track('two'), event), addEventListener('pagehide', () => tracker.track('one')), null`);
    await tab.goto(`${new URL(shop.url).origin}/empty`);
    assert.deepEqual(names(await arrived(read, 2)).sort(), ['one', 'two']);
    await tab.page.close();
  });
});

describe('what beforeSend returns', () => {
  test('is an event that is serialised as a whole, null, or an error', async () => {
    const { shop, read } = await shops.collectedShop({ ...QUIET, beforeSend: 'global' });
    const tab = await visit(chromium, shop.url);
    const bad = [
      'async (event) => event',
      '() => undefined',
      '() => "text"',
      '() => []',
      '({ messageId, ...event }) => event',
      '(event) => ({ ...event, anonymousId: "é".repeat(257) })',
      '(event) => ({ ...event, timestamp: "yesterday" })',
      '(event) => ({ ...event, timestamp: 7 })',
      '(event) => ({ ...event, properties: event })' + ' && (() => { const a = {}; a.a = a; return a })()',
    ];
    for (const code of bad) await tab.run(`globalThis.beforeSend = ${code}, tracker.track('bad'), tracker.flush().then(() => null)`);
    await tab.run(`globalThis.beforeSend = () => null, tracker.track('dropped'), tracker.flush().then(() => null)`);
    await tab.run(`globalThis.beforeSend = (event) => ({ ...event, timestamp: new Date(0), extra: '\\ud83d', toJSON() { return { ...event, event: 'as JSON' } } }), tracker.track('good', { text: 'half \\ud83d, whole \\ud83d\\ude00, "\\\\ud83d"' }), tracker.flush().then(() => null)`);
    const [good] = await arrived(read, 1);
    assert.deepEqual([good.event, good.properties.text], ['as JSON', 'half \ufffd, whole 😀, "\\ud83d"']);
    const { errors } = await tab.run('state');
    assert.equal(errors.length, bad.length, errors.join('\n'));
    assert.ok(errors.every((text) => /^ERR_INVALID_ARGUMENT: beforeSend /.test(text)), errors.join('\n'));
    assert.equal((await read()).length, 1);
    await tab.page.close();
  });

  test('is refused by the name of a member that has another type', async () => {
    const { shop, read } = await shops.collectedShop({ ...QUIET, beforeSend: 'global' });
    const tab = await visit(chromium, shop.url);
    const bad = ['type: "click"', 'type: ["page"]', 'type: undefined', 'event: ""', 'event: null', 'event: 7', 'userId: null', 'userId: 7', 'properties: []', 'properties: null', 'properties: "x"', 'traits: [1]', 'traits: null', 'context: undefined', 'context: null', 'context: "x"', 'context: []'];
    for (const members of bad) await tab.run(`globalThis.beforeSend = (event) => ({ ...event, ${members} }), tracker.track('bad'), tracker.flush().then(() => null)`);
    const { errors } = await tab.run('state');
    assert.deepEqual(errors.map((text) => /^ERR_INVALID_ARGUMENT: beforeSend must return an event whose (\w+) is /.exec(text)?.[1]), bad.map((members) => members.split(':')[0]), errors.join('\n'));
    await tab.run(`globalThis.beforeSend = (event) => ({ ...event, properties: { list: new Map() } }), tracker.track('bad'), tracker.flush().then(() => null)`);
    assert.match((await tab.run('state')).errors.at(-1), /^ERR_INVALID_ARGUMENT: beforeSend failed: properties\.list must be a plain object, not of type Map/);
    await tab.run(`globalThis.beforeSend = ({ event, properties, ...others }) => ({ ...others, userId: 'ada' }), tracker.page(), tracker.flush().then(() => null)`);
    const [good] = await arrived(read, 1);
    assert.deepEqual([good.type, good.userId, good.properties, (await read()).length], ['page', 'ada', undefined, 1]);
    await tab.page.close();
  });

  test('a text of a click is not cut within a character', async () => {
    const { properties } = await clicked(`<button class="click">${'x'.repeat(99)}😀😀</button>`);
    assert.deepEqual(properties.map(({ text }) => text), ['x'.repeat(99)]);
  });

  test('a text of a click that is cut has no part of an address of mail', async () => {
    const { properties } = await clicked(`<button class="click">${'x'.repeat(85)} ada.lovelace@example.com</button>`);
    assert.deepEqual(properties.map(({ text }) => text), ['x'.repeat(85)]);
  });
});

describe('a database whose connection breaks', () => {
  const make = (name) => `import('/dist/browser.js').then(({ indexedDBOutbox }) => {
    globalThis.reported = [];
    globalThis.outbox = indexedDBOutbox({ name: '${name}' });
    outbox.watch((event) => event.kind === 'error' && reported.push(event.error.message));
    globalThis.record = (id) => ({ id, partitionKey: 'k', data: new Uint8Array(3), putAt: Date.now() });
  })`;
  /** Ids in the database; none where there is no database. */
  const KEYS = (name) => `new Promise((done) => {
    const opening = indexedDB.open('${name}');
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => done('');
    opening.onsuccess = () => {
      const keys = opening.result.transaction('records').objectStore('records').getAllKeys();
      keys.onsuccess = () => (opening.result.close(), done(keys.result.map(([, id]) => id).join()));
    };
  })`;
  let shop;
  before(async () => ({ shop } = await shops.collectedShop(QUIET)));

  test('a connection that throws InvalidStateError is opened again: for writes, reads and removals', async () => {
    const tab = await visit(chromium, shop.url);
    await tab.run(make('dies'));
    await tab.run(`outbox.add([record('a')])`);
    await tab.run(`globalThis.kill = () => { const { transaction } = IDBDatabase.prototype; let dead; IDBDatabase.prototype.transaction = function (...args) { dead ??= this; if (dead === this) throw new DOMException('the connection is closing', 'InvalidStateError'); return transaction.apply(this, args) } }, kill(), null`);
    await tab.run(`outbox.add([record('b')])`);
    await tab.run(`kill(), outbox.remove(['a'])`);
    await tab.run('kill()');
    assert.equal(await tab.run(`outbox.all().then((all) => all.map(({ id }) => id).join())`), 'b');
    assert.equal(await tab.run(KEYS('dies')), 'b', 'it is in the database, not in memory');
    assert.deepEqual(await tab.run('reported'), []);
    await tab.page.close();
  });

  test('events that wait are written once the database opens, however slow or after failures', async () => {
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.holder = new Promise((done) => { const request = indexedDB.open('slow', 1); request.onsuccess = () => done(request.result) }), holder.then(() => null)`);
    await tab.run(`indexedDB.deleteDatabase('slow'), null`);
    await tab.run(make('slow'));
    await tab.run(`outbox.add([record('a')])`);
    assert.match((await tab.run('reported')).join(), /blocked for 3000 ms/);
    await tab.run(`holder.then((db) => db.close())`);
    assert.ok(await until(async () => (await tab.run(KEYS('slow'))) === 'a', 20_000));

    await tab.run(`globalThis.open = IDBFactory.prototype.open, IDBFactory.prototype.open = () => { throw new DOMException('no', 'UnknownError') }, null`);
    await tab.run(make('fails'));
    await tab.run(`outbox.add([record('a')]).then(() => outbox.add([record('b')]))`);
    assert.equal((await tab.run('reported')).length, 1);
    await tab.run(`IDBFactory.prototype.open = open, null`);
    assert.ok(await until(async () => (await tab.run(KEYS('fails')).catch(() => '')) === 'a,b', 20_000));
    await tab.page.close();
  });

  test('that another tab has deleted is made again by what is added, and by nothing else', async () => {
    const tabs = [await visit(chromium, shop.url), await visit(chromium, shop.url)];
    for (const tab of tabs) await tab.run(make('deleted'));
    const exists = `indexedDB.databases().then((all) => all.some(({ name }) => name === 'deleted'))`;
    const [one, two] = tabs;
    await one.run(`outbox.add([record('a')])`);
    await two.run(`outbox.clear()`);
    assert.equal(await one.run(`Promise.all([outbox.all(), outbox.remove(['a'])]).then(([all]) => all.length)`), 0);
    assert.equal(await one.run(exists), false);
    // One is written, at the latest when it is there again, whenever the other tab deletes.
    await one.run(`Promise.all(['b', 'c', 'd'].map((id) => outbox.add([record(id)])))`);
    await Promise.all([two.run('outbox.clear()'), one.run(`outbox.add([record('e')]).then(() => outbox.add([record('f')]))`)]);
    await one.run(`outbox.add([record('g')])`);
    const stored = await one.run(`outbox.all().then((all) => all.map(({ id }) => id).join())`);
    assert.match(stored, /g$/);
    assert.equal(await one.run(KEYS('deleted')), stored, 'they are in the database, not in memory');
    // What was at work when this tab has cleared the outbox does not make the database again.
    await one.run(`void outbox.all(), void outbox.remove(['g']), outbox.clear()`);
    await one.page.waitForTimeout(300);
    assert.equal(await one.run(exists), false);
    for (const tab of tabs) assert.deepEqual(await tab.run('reported'), []);
    await Promise.all([one.page.close(), two.page.close()]);
  });

  test('what a device ten days behind has stored is no week old at the next visit', async () => {
    const tab = await visit(chromium, shop.url);
    await tab.run(make('behind'));
    await tab.run(`outbox.add([{ ...record('a'), putAt: Date.now() - 10 * 86_400_000 }])`);
    await tab.page.close({ runBeforeUnload: false });
    const later = await visit(chromium, shop.url);
    await later.run(make('behind'));
    assert.ok(await until(() => later.run(`outbox.all().then((all) => all.map(({ id }) => id).join() === 'a')`)));
    assert.deepEqual(await later.run('reported'), []);
    await later.page.close();
    const much = await visit(chromium, shop.url);
    await much.run(`globalThis.RealNow = Date.now, Date.now = () => RealNow() + 8 * 86_400_000, null`);
    await much.run(make('behind'));
    assert.ok(await until(() => much.run(`outbox.all().then((all) => all.length === 0 && reported.length === 1)`)));
    await much.page.close();
  });

  for (const way of ['directShop', 'collectedShop']) {
    test(`${way}: the tracker's onError gets what goes wrong with the database`, async () => {
      const { shop: own } = await shops[way](QUIET);
      const tab = await chromium.context.newPage();
      await tab.addInitScript(`IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }`);
      await tab.goto(own.url);
      assert.ok(await until(() => tab.evaluate(`globalThis.state?.errors.length > 0`)));
      assert.match((await tab.evaluate('state.errors')).join(), /^ERR_OUTBOX: the outbox could not be opened[^,]*$/);
      await tab.close();
    });
  }
});

describe('flow', () => {
  test('events are sent although the browser always says that it is offline', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false }), dispatchEvent(new Event('offline')), tracker.track('probe'), null`);
    assert.ok(await until(async () => names(await read()).includes('probe'), 20_000));
    await tab.page.close();
  });

  test('an event that does not fit into keepalive does not hold back smaller ones; a flush that was answered 503 is tried again', async () => {
    const { shop, collector, read } = await shops.collectedShop({ ...QUIET, persist: false }, { faults: [503, 503] });
    const tab = await visit(chromium, shop.url);
    await tab.run(`addEventListener('pagehide', () => { tracker.track('large', { text: 'x'.repeat(90_000) }); for (let i = 0; i < 5; i += 1) tracker.track('small ' + i) }), null`);
    collector.faults.length = 0;
    await tab.goto(`${shop.endpoint}/empty`);
    assert.ok(await until(async () => names(await read()).filter((name) => name.startsWith('small')).length === 5));
    await tab.page.close();

    const other = await shops.collectedShop(QUIET, { faults: [503] });
    const hidden = await visit(chromium, other.shop.url);
    await hidden.run(`Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => true }), tracker.track('again'), document.dispatchEvent(new Event('visibilitychange')), null`);
    assert.deepEqual(names(await arrived(other.read, 1)), ['again']);
    await hidden.page.close();
  });

  test('an event is sent again after 425 and after a response of status 0', async () => {
    const { shop, read } = await shops.collectedShop(QUIET, { faults: [425] });
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.real = fetch, globalThis.lost = 1, globalThis.fetch = (...args) => (lost-- > 0 ? Promise.resolve(Response.error()) : real(...args)), Math.random = () => 0, null`);
    await tab.run(`tracker.track('kept'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await arrived(read, 1)), ['kept']);
    assert.deepEqual((await tab.run('state')).errors, []);
    await tab.page.close();
  });

  test('a page of HTML in place of the answer keeps its events, which are sent again, and is reported once', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.real = fetch, globalThis.pages = 3, globalThis.fetch = (...args) => (pages-- > 0 ? Promise.resolve(new Response('<html>log in</html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })) : real(...args)), null`);
    await tab.run(`tracker.track('kept'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(collector.events), ['kept']);
    const { errors } = await tab.run('state');
    assert.equal(errors.length, 1, errors.join('\n'));
    assert.match(errors[0], /^ERR_SERVICE: a page of HTML came in place of the collector's answer \(HTTP 200\)/);
    // A firewall's page, however often it comes: the next event is not held back by it.
    await tab.run(`globalThis.seen = 0, globalThis.fetch = (url, init) => (init?.body?.includes('blocked') ? (seen++, Promise.resolve(new Response('<html>', { status: 403, headers: { 'content-type': 'text/html' } }))) : real(url, init)), Math.random = () => 0, null`);
    await tab.run(`tracker.track('blocked'), tracker.flush().then(() => tracker.track('after')), null`);
    assert.ok(await until(async () => names(collector.events).includes('after'), 20_000));
    assert.equal(await tab.run('seen'), 6);
    assert.match((await tab.run('state')).errors.at(-1), /^ERR_SERVICE: the collector answered with HTTP 403/);
    await tab.page.close();
  });

  test('a redirect to what is no collector keeps the events, which a browser leaves out of the request that it repeats', async () => {
    const requests = [];
    const server = await listen((request, response) => {
      requests.push(`${request.method} ${new URL(request.url, 'http://localhost').pathname}`);
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'image/gif' };
      if (request.url.startsWith('/moved')) return response.writeHead(302, { ...headers, location: '/pixel' }).end();
      if (request.url.startsWith('/kept')) return response.writeHead(307, { ...headers, location: '/own' }).end();
      if (request.url.startsWith('/login')) return response.writeHead(302, { ...headers, location: '/refused' }).end();
      if (request.url.startsWith('/refused')) return response.writeHead(401, { ...headers, 'content-type': 'application/json' }).end('{}');
      if (request.url.startsWith('/own')) return response.writeHead(202, headers).end();
      return response.writeHead(200, headers).end('GIF89a');
    });
    const { shop } = await shops.collectedShop({ ...QUIET, collectorUrl: `${server.endpoint}/moved` });
    const tab = await visit(chromium, shop.url);
    await tab.run(`Math.random = () => 0, tracker.track('kept'), tracker.flush(), null`);
    assert.ok(await until(() => requests.filter((line) => line === 'POST /moved').length > 1));
    assert.ok(requests.includes('GET /pixel'));
    assert.deepEqual((await tab.run('state')).errors, [`ERR_SERVICE: the request was redirected, and no collector has answered (HTTP 200): the events are kept and sent again; look at collectorUrl, which is ${server.endpoint}/moved`]);
    await tab.page.close();
    // A refusal of a page to log in keeps them too; a collector of one's own may be behind a redirect that keeps the body.
    const other = await shops.collectedShop({ ...QUIET, collectorUrl: `${server.endpoint}/login` });
    const second = await visit(chromium, other.shop.url);
    await second.run(`Math.random = () => 0, tracker.track('kept'), tracker.flush(), null`);
    assert.ok(await until(() => requests.filter((line) => line === 'POST /login').length > 1));
    assert.equal((await second.run('state')).errors.length, 1);
    await second.page.close();
    const own = await shops.collectedShop({ ...QUIET, collectorUrl: `${server.endpoint}/kept` });
    const third = await visit(chromium, own.shop.url);
    await third.run(`tracker.track('sent'), tracker.flush().then(() => null)`);
    assert.deepEqual([requests.filter((line) => line === 'POST /own').length, (await third.run('state')).errors], [1, []]);
    await third.page.close();
    await server.stop();
  });

  test('the user of identify stays where the storage is full and has an older visitor', async () => {
    const { shop, read } = await shops.collectedShop({ ...QUIET, persist: false });
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.track('before'), tracker.flush().then(() => null)`);
    await tab.run(`Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }, tracker.identify('ada'), tracker.track('after'), tracker.flush().then(() => null)`);
    const events = await arrived(read, 3);
    assert.equal(events.find(({ event }) => event === 'after').userId, 'ada');
    // An old library has replaced it.
    await tab.run(`delete Storage.prototype.setItem, globalThis.Event = {}, tracker.identify('eve'), tracker.track('later'), tracker.flush().then(() => null)`);
    assert.equal((await arrived(read, 5)).find(({ event }) => event === 'later').userId, 'eve');
    // Another tracker of the page learns of a withdrawal there too.
    await tab.run(`import('/dist/tracker.js').then(({ createTracker }) => { globalThis.other = createTracker({ collectorUrl: '/collect', dropBots: false, autoTrack: false, requireConsent: true }); other.consent(true); tracker.consent(false); other.track('refused'); return other.flush() }).then(() => null)`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await read()).filter(({ event }) => event === 'refused').length, 0);
    assert.deepEqual((await tab.run('state')).errors, []);
    await tab.page.close();
  });

  test('a long word in the address does not hold up the page', async () => {
    const { shop, read } = await shops.collectedShop({ ...QUIET, persist: false });
    const tab = await visit(chromium, shop.url);
    const tookMs = await tab.run(`(() => { history.replaceState({}, '', '#' + 'a'.repeat(100_000)); const at = performance.now(); tracker.track('x'); return tracker.flush().then(() => performance.now() - at) })()`);
    assert.equal((await arrived(read, 1))[0].context.page.url.length > 100_000, true);
    // Milliseconds where each character is looked at once; minutes where a pattern begins again at each of them.
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    await tab.page.close();
  });

  test('a refusal whose status says nothing of the cause has the address that collectorUrl means, without its query', async () => {
    const { shop } = await shops.collectedShop({ ...QUIET, collectorUrl: 'collect?k=hush' });
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.fetch = async () => new Response('{}', { status: 410 }), tracker.track('x'), tracker.flush().then(() => null)`);
    assert.deepEqual((await tab.run('state')).errors, [`ERR_SERVICE: the collector answered with HTTP 410; look at collectorUrl, which is ${new URL('collect', shop.url).href}`]);
    await tab.page.close();
  });

  test('404 and 405 keep their events, which are sent again, and are reported once: no collector is at that address', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.real = fetch, globalThis.nowhere = [404, 404, 405, 404, 404, 404, 404], globalThis.fetch = (...args) => (nowhere.length ? Promise.resolve(new Response('{}', { status: nowhere.shift() })) : real(...args)), Math.random = () => 0, null`);
    await tab.run(`tracker.track('kept'), tracker.flush().then(() => null)`);
    assert.deepEqual(names(collector.events), ['kept']);
    assert.deepEqual((await tab.run('state')).errors, [`ERR_SERVICE: the collector answered with HTTP 404: the events are kept and sent again; look at collectorUrl, which is ${collector.url}`]);
    await tab.page.close();
  });

  test('a 2xx whose body is no object settles its events; a stored visitor that is none is replaced', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`globalThis.real = fetch, globalThis.answers = ['null', '7', '[]', '{"refused":7}', '{"refused":[null]}'], globalThis.fetch = (...args) => real(...args).then(() => new Response(answers.shift())), null`);
    for (let index = 0; index < 5; index += 1) await tab.run(`tracker.track('event ${index}'), tracker.flush().then(() => null)`);
    assert.equal(collector.batches.length, 5);
    assert.equal(ids(collector.events).size, 5);
    await tab.run(`globalThis.fetch = real, localStorage.setItem('kinesis-edge.visitor', JSON.stringify({ anonymousId: 'not hexadecimal', sessionId: 'x', seenAt: Date.now() })), null`);
    await tab.reload();
    await until(() => tab.run('globalThis.state?.started'));
    await tab.run(`tracker.track('after'), tracker.flush().then(() => null)`);
    assert.match(collector.events.at(-1).anonymousId, /^[0-9a-f-]{36}$/);
    await tab.page.close();
  });

  test('a page view comes on return from the back/forward cache', () => withPageCache(async () => {
    const { shop, read } = await shops.collectedShop({ autoTrack: { engagement: false } });
    const tab = await visit(chromium, shop.url);
    await tab.run(`state.mark = 'first', tracker.flush().then(() => null)`);
    await tab.goto(`${shop.url}/next`);
    await until(() => tab.run('globalThis.state?.started'));
    await tab.run('tracker.flush().then(() => null)');
    await backToCached(tab);
    await tab.run('tracker.flush().then(() => null)');
    assert.deepEqual((await arrived(read, 3)).map(({ context }) => context.page.path), ['/shop', '/shop/next', '/shop']);
    await tab.page.close();
  }));
});

describe('views of pages', () => {
  const VIEWS = { autoTrack: { engagement: false } };
  /** As React's StrictMode runs an effect with a clean-up. */
  const twice = (setUp) => `import('/dist/tracker.js').then(({ createTracker }) => { let made; const setUp = () => { const options = { collectorUrl: state.url, dropBots: false, autoTrack: { engagement: false } }; ${setUp}; return () => made.close() }; setUp()(); setUp(); globalThis.made = made })`;
  const again = (collector) => `state.url = '${collector.url}', null`;
  const paths = (events) => events.map(({ context: { page } }) => [page.path, page.title]);

  test('a tracker that is made, closed and made again in one task has one page view, also where the first waits for consent', async () => {
    for (const more of ['', 'options.requireConsent = true;']) {
      const { shop, collector, read } = await shops.collectedShop(QUIET);
      const tab = await visit(chromium, shop.url);
      await tab.run(again(collector));
      await tab.run(twice(`${more} made = createTracker(options)`));
      await tab.run(`made.consent(true), made.track('after'), made.flush().then(() => null)`);
      await tab.page.waitForTimeout(1200);
      assert.deepEqual(names(await read()).sort(), ['after', 'page']);
      await tab.page.close();
    }
  });

  test('two trackers to different collectors, or of different applications, have a page view each', async () => {
    const { shop, collector, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(again(collector));
    await tab.run(`import('/dist/tracker.js').then(({ createTracker }) => { const made = [{}, { appId: 'a' }, { collectorUrl: state.url + '?b' }].map((more) => createTracker({ collectorUrl: state.url, dropBots: false, ...more })); return Promise.all(made.map((one) => one.flush())).then(() => null) })`);
    assert.deepEqual(names(await arrived(read, 3)), ['page', 'page', 'page']);
    await tab.page.close();
  });

  test('two trackers of a page have one visitor: a user that one learns, and a new visitor, the other has too', async () => {
    const { shop, collector, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`import('/dist/tracker.js?other').then(({ createTracker }) => { globalThis.other = createTracker({ collectorUrl: '${collector.url}', dropBots: false, autoTrack: false }) })`);
    for (const calls of [`tracker.track('1'), other.track('2')`, `tracker.identify('ada'), other.track('3')`, `other.reset(), other.track('4'), tracker.track('5')`])
      await tab.run(`${calls}, Promise.all([tracker.flush(), other.flush()]).then(() => null)`);
    const events = await arrived(read, 6);
    const [one, two, three, four, five] = ['1', '2', '3', '4', '5'].map((name) => events.find(({ event }) => event === name));
    assert.deepEqual([one, two, three, four, five].map(({ userId }) => userId), [undefined, undefined, 'ada', undefined, undefined]);
    assert.deepEqual([one, three, four].map(({ anonymousId }) => anonymousId), [two, two, five].map(({ anonymousId }) => anonymousId));
    assert.notEqual(one.anonymousId, five.anonymousId);
    await tab.page.close();
  });

  test('page() that is called twice in one task is one view; another name, another user and a later task make another', async () => {
    const { shop, read } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    await tab.run(`tracker.page('Home', { tab: 1 }), tracker.page('Home', { tab: 1 }), tracker.page('Home', { tab: 2 }), tracker.page('Cart'), tracker.page(), tracker.page(), null`);
    await tab.run(`tracker.page('Home', { tab: 1 }), tracker.reset(), tracker.page('Home', { tab: 1 }), tracker.identify('ada'), tracker.page('Home', { tab: 1 }), null`);
    await tab.run(`tracker.page('Refused'), tracker.consent(false), tracker.consent(true), tracker.page('Refused'), tracker.flush().then(() => null)`);
    const events = await read();
    // What came before the withdrawal was dropped.
    assert.deepEqual(names(events), ['Refused']);
    const other = await shops.collectedShop(QUIET);
    const more = await visit(chromium, other.shop.url);
    await more.run(`tracker.page('Home', { tab: 1 }), tracker.page('Home', { tab: 1 }), tracker.page('Home', { tab: 2 }), tracker.page('Cart'), tracker.page(), tracker.page(), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await other.read()), ['Home', 'Home', 'Cart', 'page']);
    await more.run(`tracker.page('Home', { tab: 1 }), tracker.reset(), tracker.page('Home', { tab: 1 }), tracker.identify('ada'), tracker.page('Home', { tab: 1 }), tracker.flush().then(() => null)`);
    assert.deepEqual(names(await other.read()).slice(4), ['Home', 'Home', 'identify', 'Home']);
    await Promise.all([tab.page.close(), more.page.close()]);
  });

  test('a view of a single-page navigation has the title that the page sets later, and the time and address of the navigation', async () => {
    const { shop, read } = await shops.collectedShop(VIEWS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`fetch('/empty').then(() => new Promise((done) => setTimeout(done, 200))).then(() => { const title = document.createElement('title'); document.querySelector('title').remove(); setTimeout(() => (title.text = 'Second', document.head.append(title), state.titled = true), 50) }), history.pushState({}, '', '/shop/second'), tracker.track('beside'), state.at = Date.now(), null`);
    assert.ok(await until(() => tab.run('state.titled')));
    const events = await arrived(read, 3);
    const views = events.filter(({ type }) => type === 'page');
    assert.deepEqual(paths(views), [['/shop', 'Shop'], ['/shop/second', 'Second']]);
    const at = await tab.run('state.at');
    const viewed = Date.parse(views[1].timestamp);
    assert.ok(viewed <= at && viewed <= Date.parse(events.find(({ event }) => event === 'beside').timestamp), `${views[1].timestamp} is after ${new Date(at).toISOString()}`);
    await tab.page.close();
  });

  test('a title that stays is taken after a second; each of two navigations in one task has its address; flush does not wait', async () => {
    const { shop, read } = await shops.collectedShop(VIEWS);
    const tab = await visit(chromium, shop.url);
    await tab.run(`history.pushState({}, '', '/shop/first'), history.pushState({}, '', '/shop/second'), null`);
    assert.deepEqual(paths(await arrived(read, 3)), [['/shop', 'Shop'], ['/shop/first', 'Shop'], ['/shop/second', 'Shop']]);
    await tab.run(`history.pushState({}, '', '/shop/third'), tracker.flush().then(() => null)`);
    assert.deepEqual(paths(await read()).at(-1), ['/shop/third', 'Shop']);
    await tab.page.close();
  });

  test('a view that waits for its title goes out when the page is left, when another page comes and when the user changes', async () => {
    const { shop, read } = await shops.collectedShop({ ...VIEWS, persist: false });
    const tab = await visit(chromium, shop.url);
    await tab.run(`history.pushState({}, '', '/shop/before'), tracker.reset(), tracker.identify('ada'), history.pushState({}, '', '/shop/left'), null`);
    await tab.goto(`${shop.endpoint}/empty`);
    const events = await arrived(read, 4);
    assert.deepEqual(events.map(({ type, userId, context }) => [type, userId, context.page.path]).sort(), [
      ['identify', 'ada', '/shop/before'],
      ['page', undefined, '/shop'],
      ['page', undefined, '/shop/before'],
      ['page', 'ada', '/shop/left'],
    ]);
    const [first, before] = ['/shop', '/shop/before'].map((path) => events.find(({ type, context }) => type === 'page' && context.page.path === path));
    assert.equal(first.anonymousId, before.anonymousId, 'it was tracked before reset');
    await tab.page.close();
  });
});

describe('a page that has changed what the browser has', () => {
  for (const [name, script] of [
    ['a history that is read-only', `delete window.navigation; Object.defineProperty(History.prototype, 'pushState', { value: History.prototype.pushState, writable: false })`],
    ['a history that is frozen', `Object.defineProperty(window, 'navigation', { value: undefined }); Object.freeze(history)`],
    ['an addEventListener that throws for clicks', `const add = EventTarget.prototype.addEventListener; globalThis.addEventListener = function (type, ...more) { if (type === 'click') throw new TypeError('no clicks'); return add.call(this ?? window, type, ...more); }`],
    ['a toJSON of all objects', `Object.prototype.toJSON = function () { return 'O'; }`],
    ['a toJSON of all objects that cannot be removed', `Object.defineProperty(Object.prototype, 'toJSON', { value() { return this; }, configurable: false })`],
  ]) {
    test(`${name}: events are tracked, and each is JSON`, async () => {
      const { shop, read, collector } = await shops.collectedShop({ autoTrack: { pageViews: true, clicks: true } });
      const tab = await visit(chromium, shop.url);
      await tab.page.addInitScript(script);
      await tab.goto(shop.url);
      assert.ok(await until(() => tab.run('globalThis.state?.started')));
      await tab.run(`tracker.track('by itself', { a: 1 }), tracker.flush().then(() => null)`);
      assert.ok(await until(async () => names(await read()).includes('by itself')));
      assert.ok(names(collector.events).includes('page'), `${names(collector.events)}`);
      const tracked = collector.events.find(({ event }) => event === 'by itself');
      assert.deepEqual(tracked.properties, { a: 1 });
      await tab.page.close();
    });
  }

  test('a toJSON of all objects that returns no object is reported, and sends nothing that is no JSON', async () => {
    const { shop, collector } = await shops.collectedShop(QUIET);
    const tab = await visit(chromium, shop.url);
    const errors = await tab.run(`import('/dist/tracker.js').then(async ({ createTracker }) => {
      const errors = [];
      const made = createTracker({ collectorUrl: '${collector.url}', dropBots: false, autoTrack: false, onError: ({ code }) => errors.push(code) });
      Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'O', configurable: false, enumerable: false });
      made.track('x');
      await made.flush();
      return errors.join();
    })`);
    assert.equal(errors, 'ERR_INVALID_ARGUMENT');
    assert.equal(collector.events.length, 0);
    await tab.page.close();
  });
});

describe('a tracker that is closed', () => {
  /** A page without the Navigation API, as older browsers are, whose garbage can be collected. */
  const HISTORY = `Object.defineProperty(globalThis, 'navigation', { value: undefined }), globalThis.native = { pushState: history.pushState, replaceState: history.replaceState }`;
  const MAKE = `({ createTracker }) => createTracker({ collectorUrl: state.collector, dropBots: false, onError: () => {} })`;
  let browser;
  before(async () => (browser = await openChromium({ args: ['--js-flags=--expose-gc'] })));
  after(() => browser?.close());

  async function open() {
    const made = await shops.collectedShop(QUIET);
    const tab = await visit(browser, made.shop.url);
    await tab.page.addInitScript(HISTORY);
    await tab.goto(made.shop.url);
    assert.ok(await until(() => tab.run('globalThis.state?.started')));
    await tab.run(`state.collector = '${made.collector.url}', null`);
    return { ...made, tab };
  }

  test('leaves the history as it was', async () => {
    const { tab } = await open();
    const isNative = `history.pushState === native.pushState && history.replaceState === native.replaceState`;
    const patched = await tab.run(`import('/dist/tracker.js').then(${MAKE}).then(async (made) => { const was = ${isNative}; await made.close(); return [was, ${isNative}] })`);
    assert.deepEqual(patched, [false, true]);
    await tab.run(`import('/dist/tracker.js').then(${MAKE}).then((made) => { Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }); made.track('opted out') })`);
    assert.ok(await until(() => tab.run(isNative)), 'a visitor who opts out later has it back too');
    await tab.page.close();
  });

  test('tracks no navigation and is collected, also where another library has patched the history on top of it', async () => {
    const { tab, read } = await open();
    const [before, alive] = await tab.run(`(async () => {
      const { createTracker } = await import('/dist/tracker.js');
      const make = ${MAKE};
      const closed = [];
      for (let index = 0; index < 10; index += 1) {
        const made = make({ createTracker });
        for (const name of ['pushState', 'replaceState']) { const below = history[name]; history[name] = function (...args) { return below.apply(this, args) } }
        history.pushState({}, '', '/shop/' + index);
        await made.close();
        closed.push(new WeakRef(made));
      }
      history.pushState({}, '', '/shop/after');
      if (location.pathname !== '/shop/after') throw new Error('the history does not work');
      let alive = closed.length;
      for (let tries = 0; tries < 100 && alive > 1; tries += 1) {
        await new Promise((done) => setTimeout(done, 100));
        gc();
        alive = closed.filter((one) => one.deref()).length;
      }
      return [closed.length, alive];
    })()`);
    assert.equal(before, 10);
    assert.ok(alive <= 1, `${alive} of 10 are alive`);
    const paths = (await read()).filter(({ type }) => type === 'page').map(({ context }) => context.page.path);
    assert.equal(paths.filter((path) => path === '/shop/after').length, 0);
    assert.equal(paths.length, 20, 'a view when each is made, and one of its navigation');
    await tab.page.close();
  });
});
