/** The text of the first element with a name. Not every host has an XML parser, and these responses are flat. */
export function elementText(xml: string, name: string): string | undefined {
  const text = xml.match(`<${name}>([^<]*)</${name}>`)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: keyof typeof ENTITIES) => ENTITIES[entity]);
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
