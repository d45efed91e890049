// Records of a plan: data that tell which record they are, in every form that a user may pass.

const FORMS = ['text', 'text', 'text', 'json', 'bytes', 'buffer', 'view', 'subarray'];
const BAD_FORMS = ['symbol', 'circular', 'toJSON'];
const LETTERS = ['a', 'é', '☃', '😀', '\ud800', '"', '\\', '\n', ' '];

/** @returns `data` for the realm, and `bytes`: what must arrive */
export function makeData(serial, owner, { form = 'text', length = 20, filler = 'x' }) {
  if (BAD_FORMS.includes(form)) return { data: { form }, bytes: Buffer.alloc(0), isBad: true };
  const start = `r${serial} of ${owner}:`;
  if (form === 'text') {
    const text = start + filler.repeat(length);
    return { data: { form, text }, bytes: Buffer.from(text) };
  }
  if (form === 'json') {
    const text = JSON.stringify({ serial, owner, filler: filler.repeat(length).toWellFormed?.() ?? filler });
    return { data: { form, text }, bytes: Buffer.from(JSON.stringify(JSON.parse(text))) };
  }
  const bytes = Buffer.concat([Buffer.from(start), Buffer.alloc(length, serial)]);
  return { data: { form, bytes }, bytes };
}

export function anyForm(dice, badPercent = 3, longPercent = 5) {
  if (dice.chance(badPercent)) return { form: dice.one(BAD_FORMS) };
  return { form: dice.one(FORMS), length: dice.chance(longPercent) ? dice.between(1000, 40_000) : dice.between(0, 60), filler: dice.chance(30) ? dice.one(LETTERS) : 'x' };
}
