import { presentMembers } from '../core/present-members.js';
import { networkOf } from './ip-network.js';
import type { RequestFacts, UserAgent } from './types.js';
import { parseUserAgent } from './user-agent.js';

/** The facts that a request carries about its client. */
export function readRequestFacts(request: Request): RequestFacts {
  const { country, city, colo, asn } = (request as WorkersRequest).cf ?? {};
  const address = request.headers.get('cf-connecting-ip');
  const header = request.headers.get('user-agent');
  const ip = address ? networkOf(address) : undefined;
  const userAgent = header ? userAgentOf(header) : undefined;
  // A fact that is unknown must not replace what the client sends.
  return presentMembers({ country, city, colo, asn, ip, userAgent });
}

type WorkersRequest = Request & { cf?: Pick<RequestFacts, 'country' | 'city' | 'colo' | 'asn'> };

/** Many requests have the same few headers: up to a hundred stay parsed. */
function userAgentOf(header: string): UserAgent {
  const known = userAgents.get(header);
  if (known) return known;
  if (userAgents.size >= USER_AGENTS_MAX) userAgents.clear();
  const agent = parseUserAgent(header);
  userAgents.set(header, agent);
  return agent;
}

const userAgents = new Map<string, UserAgent>();
const USER_AGENTS_MAX = 100;
