import { cut } from './text.js';

/** Where a visitor comes from: source, medium, name, term, content and id, and ids of clicks on advertisements. */
export type Campaign = Record<string, string>;

/** The campaign in the parameters of an address; `undefined` where there is none. */
export function readCampaign(parameters: URLSearchParams): Campaign | undefined {
  const campaign: Campaign = {};
  for (const name of PARAMETERS) {
    const value = parameters.get(name);
    if (value) campaign[name === 'utm_campaign' ? 'name' : name.replace('utm_', '')] = cut(value, VALUE_LENGTH_MAX);
  }
  return Object.keys(campaign).length > 0 ? campaign : undefined;
}

/** Characters of a parameter's value that are kept. */
const VALUE_LENGTH_MAX = 500;
const PARAMETERS = [
  ...['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'utm_id'],
  ...['gclid', 'gbraid', 'wbraid', 'dclid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'li_fat_id'],
];
