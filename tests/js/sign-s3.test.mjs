// signRequest for S3, compared over random keys and queries with aws4fetch, which signs the same URLs, and header values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsV4Signer } from 'aws4fetch';
import { signRequest } from 'kinesis-edge';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
const REGION = 'eu-central-1';
const ORIGIN = `https://bucket.s3.${REGION}.amazonaws.com`;
/** Those with a meaning in URLs twice, and characters beyond ASCII. */
const CHARACTERS = [...Array.from({ length: 95 }, (_, code) => String.fromCharCode(code + 32)), ..."()'!*,=@:@+$&; /%", 'ä', '数', '🚀'];
/** What a key or a parameter is made of in a URL: as it is, or encoded in upper or lower case. */
const SPELLINGS = [(text) => text, encodeURIComponent, (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase())];

/** Random numbers that are the same in every run. */
function seededRandom(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function randomUrl(roll) {
  const text = (unsafe) => Array.from({ length: roll(16) }, () => CHARACTERS[roll(CHARACTERS.length)]).filter((char) => !unsafe.includes(char));
  const spell = (chars) => chars.map((char) => SPELLINGS[roll(3)](char)).join('');
  const path = spell(text('?#%\\.')) + ['', '%25', '%2F', 'a//b', '%2b+', ' '][roll(6)];
  // aws4fetch leaves out parameters without a name, and all but the first of a name.
  const query = ['prefix', 'a+b', '(1)'].slice(0, roll(4)).map((name) => `${name}=${spell(text('#&%'))}`);
  return `${ORIGIN}/${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

async function byAws4fetch(url, method, datetime) {
  const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const signer = new AwsV4Signer({ ...credentials, url, method, headers, service: 's3', region: REGION, datetime });
  return (await signer.sign()).headers.get('authorization').split('Signature=')[1];
}

function byUs(url, method, datetime) {
  const date = new Date(datetime.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  return signRequest({ url, method, headers, service: 's3', region: REGION, credentials, date }).headers.authorization.split('Signature=')[1];
}

test('signatures for S3 are those of aws4fetch over random keys and queries', async () => {
  const roll = seededRandom(7);
  for (let index = 0; index < 2000; index += 1) {
    const url = randomUrl(roll);
    const [method, datetime] = [['GET', 'PUT', 'DELETE'][roll(3)], '20261128T010203Z'];
    assert.equal(byUs(url, method, datetime), await byAws4fetch(url, method, datetime), url);
  }
});

test('each character of a key and of a query, in each spelling, has the signature of aws4fetch', async () => {
  for (const char of "()'!*,=@:+$&;~ _-") {
    for (const spell of [...SPELLINGS, (text) => `%${text.charCodeAt(0).toString(16)}`]) {
      for (const url of [`${ORIGIN}/a${spell(char)}b`, `${ORIGIN}/?prefix=${char === '&' ? '%26' : spell(char)}`]) {
        assert.equal(byUs(url, 'GET', '20261128T010203Z'), await byAws4fetch(url, 'GET', '20261128T010203Z'), url);
      }
    }
  }
});

test('a line break in a header value, a region, a service or a method is refused', () => {
  const request = { url: `${ORIGIN}/`, method: 'GET', service: 's3', region: REGION, credentials };
  for (const text of ['a\nb', 'a\rb', 'a\r\nx-other: 1', '\n', 'a\0b', 'a\n']) {
    for (const change of [{ headers: { 'x-note': text } }, { headers: { [text]: 'a' } }, { region: text }, { service: text }, { method: text }]) {
      const [argument] = Object.keys(change);
      assert.throws(() => signRequest({ ...request, ...change }), { code: 'ERR_INVALID_ARGUMENT', message: new RegExp(`^${argument}.* line break`) });
    }
  }
});
